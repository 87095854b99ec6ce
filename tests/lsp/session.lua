-- What the Neovim test does in the editor: the plugin's own setup, real buffers, real extmarks. What was on the screen at each step
-- is written as JSON. Variables: PLUGIN (editors/neovim), BINARY, PROGRAM, RESULT (the file to write).

-- How long a step may take, in milliseconds: generous, for a machine with better things to do.
local PATIENCE = 60000
local results = {}
-- The server's exit status, once it is gone.
local left

local function environment(name)
  return (assert(os.getenv(name), name .. " is not set"))
end

local function say(text)
  io.stderr:write(text .. "\n")
end

local function wait(what, condition)
  say("waiting for " .. what)
  local ok = vim.wait(PATIENCE, function()
    -- Hints become extmarks when they are drawn.
    vim.cmd.redraw()
    return condition()
  end, 10)
  assert(ok, "waited in vain for " .. what)
end

local function client()
  return (assert(vim.lsp.get_clients({ name = "alchemy", bufnr = 0 })[1], "no server is attached"))
end

local function request(method, parameters)
  local answer = assert(client().request_sync(method, parameters, PATIENCE, 0))
  assert(not answer.err, vim.inspect(answer.err))
  return answer.result
end

--- Hints as the window shows them: inline virtual text of the extmarks, each with what stands before it.
local function extmarks()
  local spaces = vim.api.nvim_get_namespaces()
  local namespace = spaces["nvim.lsp.inlayhint"] or spaces["vim_lsp_inlayhint"]
  local shown = {}
  for _, mark in ipairs(namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true }) or {}) do
    local _, row, column, details = unpack(mark)
    local text = ""
    for _, chunk in ipairs(details.virt_text or {}) do
      text = text .. chunk[1]
    end
    local line = vim.api.nvim_buf_get_lines(0, row, row + 1, false)[1]
    table.insert(shown, { before = line:sub(1, column), text = text, inline = details.virt_text_pos == "inline" })
  end
  return shown
end

--- Notes what is on the screen, once the text has been evaluated and a hint says something `about` it.
local function note(step, about)
  -- Neovim sends what was typed before it asks anything.
  request("alchemy/evaluated", { uri = vim.uri_from_bufnr(0) })
  wait(("a hint `%s…` (%s)"):format(about, step), function()
    return vim.iter(extmarks()):any(function(hint)
      return hint.text:find(about, 1, true) ~= nil
    end)
  end)
  results[step] = { hints = extmarks(), diagnostics = vim.diagnostic.get(0) }
end

--- Calls `f` with row and columns, from 0, of the only place in the text that reads `text`.
local function at(text, f)
  for row, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local first, last = line:find(text, 1, true)
    if first then
      return f(row - 1, first - 1, last)
    end
  end
  error(text .. " is not in the text")
end

local function replace(old, new)
  at(old, function(row, first, last)
    vim.api.nvim_buf_set_text(0, row, first, row, last, { new })
  end)
end

local function errors()
  return #vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR })
end

--- The text of the window that pops up for what stands in the text.
local function hover(text)
  at(text, function(row, column)
    vim.api.nvim_win_set_cursor(0, { row + 1, column })
  end)
  local before = vim.api.nvim_list_wins()
  vim.lsp.buf.hover()
  local window
  wait("the hover of " .. text, function()
    window = vim.iter(vim.api.nvim_list_wins()):find(function(one)
      return not vim.tbl_contains(before, one)
    end)
    return window ~= nil
  end)
  local lines = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
  vim.api.nvim_win_close(window, true)
  return lines
end

local function start()
  -- Neovim draws, and so has extmarks for, what is in a window.
  vim.o.lines, vim.o.columns = 80, 200
  vim.opt.runtimepath:append(environment("PLUGIN"))
  vim.cmd.runtime("plugin/alchemy.lua")
  vim.cmd.filetype("on")
  require("alchemy").setup({ path = environment("BINARY"), stages = { "pr-147", "prod" } })
  vim.cmd.edit(environment("PROGRAM"))
  wait("the server", function()
    local started = vim.lsp.get_clients({ name = "alchemy", bufnr = 0 })[1]
    return started ~= nil and started.initialized
  end)
  table.insert(client()._on_exit_cbs, function(code)
    left = code
  end)
end

--- Another language server on the same text, as TypeScript's is: it has no hints, and says so at once.
local function neighbour()
  local answers = {
    initialize = { capabilities = { inlayHintProvider = true, textDocumentSync = 1 } },
    ["textDocument/inlayHint"] = {},
  }
  local closing = false
  local id = vim.lsp.start({
    name = "neighbour",
    cmd = function()
      return {
        request = function(method, _, answer)
          answer(nil, answers[method])
          return true, 1
        end,
        notify = function() end,
        is_closing = function()
          return closing
        end,
        terminate = function()
          closing = true
        end,
      }
    end,
  })
  assert(vim.lsp.buf_is_attached(0, id), "the neighbour is not attached")
end

local function stages()
  neighbour()
  note("dev_sam", "photos-dev_sam-jobs-")
  results.hover = hover('"Jobs"')
  results.completed = vim.fn.getcompletion("AlchemyStage ", "cmdline")
  for _, stage in ipairs({ "pr-147", "prod" }) do
    vim.cmd.AlchemyStage(stage)
    note(stage, "photos-" .. stage:gsub("-", "_") .. "-jobs-")
  end
end

local function edits()
  replace('"Jobs"', '"Tasks"')
  note("edited", "photos-prod-tasks-")
  replace('"Tasks"', '"Jobs"')
  note("back", "photos-prod-jobs-")
  replace("const prod = ", "const prod = = ")
  wait("a diagnostic of the broken program", function()
    return errors() > 0
  end)
  note("broken", "photos-prod-jobs-")
  replace("const prod = = ", "const prod = ")
  wait("no diagnostic of the repaired program", function()
    return errors() == 0
  end)
  note("repaired", "photos-prod-jobs-")
end

local function goodbye()
  results.command = require("alchemy").command_line("deploy", { program = "P", folder = "F", stage = "prod", stack = "photos" })
  client().stop()
  wait("the end of the server", function()
    return left ~= nil
  end)
  results.left = left
end

local ok, failure = xpcall(function()
  start()
  stages()
  edits()
  goodbye()
end, debug.traceback)
-- Whatever went wrong, the editor ends: nobody is there to end it.
local written, why = pcall(function()
  results.failure = not ok and failure or nil
  local read, log = pcall(vim.fn.readfile, vim.lsp.get_log_path())
  results.log = read and table.concat(log, "\n") or ""
  vim.fn.writefile({ vim.json.encode(results) }, environment("RESULT"))
end)
if not written then
  say(tostring(why) .. "\n" .. tostring(failure))
  vim.cmd("cquit! 1")
end
vim.cmd("qall!")
