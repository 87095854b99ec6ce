-- Alchemy for Neovim (0.10 or newer): starts the language server beside a program, shows its hints, runs its commands.

local M = {}

local defaults = {
  -- The binary.
  path = "alchemy",
  -- Show the names next to the code.
  inlay_hints = true,
  -- What the server is told; see the README.
  stages = {},
  stage = nil,
  state = nil,
  profile = nil,
  env_file = nil,
}

local options = vim.deepcopy(defaults)
local PROGRAM = "alchemy.run.ts"
local FILETYPES = { "typescript", "typescriptreact", "javascript", "javascriptreact" }

--- The settings as the server takes them.
local function server_settings()
  local function given(value)
    return value == nil and vim.NIL or value
  end
  return {
    stages = options.stages,
    stage = given(options.stage),
    state = given(options.state),
    profile = given(options.profile),
    envFile = given(options.env_file),
  }
end

--- The server that is attached to a buffer, if any.
local function client_of(buffer)
  return vim.lsp.get_clients({ name = "alchemy", bufnr = buffer })[1] or vim.lsp.get_clients({ name = "alchemy" })[1]
end

local function say(text, level)
  vim.notify("alchemy: " .. text, level or vim.log.levels.INFO)
end

--- Asks the server; `done` gets the answer.
local function ask(method, parameters, done)
  local buffer = vim.api.nvim_get_current_buf()
  local client = client_of(buffer)
  if not client then
    return say("no server runs here: open a file beside " .. PROGRAM, vim.log.levels.WARN)
  end
  client.request(method, parameters, function(failure, answer)
    if failure then
      return say(failure.message, vim.log.levels.ERROR)
    end
    done(answer)
  end, buffer)
end

local function refresh_lenses()
  for _, client in ipairs(vim.lsp.get_clients({ name = "alchemy" })) do
    for buffer in pairs(client.attached_buffers) do
      vim.lsp.codelens.refresh({ bufnr = buffer })
    end
  end
end

--- What Neovim keeps about the hints of each buffer, where it can be reached.
local function hint_states()
  local take = vim.lsp.inlay_hint.on_inlayhint
  for index = 1, type(take) == "function" and math.huge or 0 do
    local name, value = debug.getupvalue(take, index)
    if name == nil or name == "bufstates" then
      return value
    end
  end
end

--- Takes an answer with hints. Neovim (0.10, 0.11) draws a line's hints once for each version of the text: an answer that comes
--- after that, because the stage was changed or because another server was quicker, would not show. So no line counts as drawn.
local function take_hints(failure, hints, context, config)
  local states = hint_states()
  local state = states and rawget(states, context.bufnr)
  if state and state.applied then
    state.applied = {}
  end
  return vim.lsp.handlers["textDocument/inlayHint"](failure, hints, context, config)
end

--- Starts the server for a buffer whose folder, or a folder above, holds a program.
function M.attach(buffer)
  local root = vim.fs.root(buffer, PROGRAM)
  if not root then
    return
  end
  return vim.lsp.start({
    name = "alchemy",
    cmd = { options.path, "lsp" },
    root_dir = root,
    init_options = server_settings(),
    settings = { alchemy = server_settings() },
    handlers = { ["alchemy/stagesChanged"] = refresh_lenses, ["textDocument/inlayHint"] = take_hints },
    on_attach = function(client, attached)
      if options.inlay_hints and client.supports_method("textDocument/inlayHint") then
        vim.lsp.inlay_hint.enable(true, { bufnr = attached })
      end
      if client.supports_method("textDocument/codeLens") then
        vim.lsp.codelens.refresh({ bufnr = attached })
      end
    end,
  }, { bufnr = buffer })
end

--- Takes the options and starts the server for buffers that are open and those to come.
function M.setup(given)
  options = vim.tbl_extend("force", vim.deepcopy(defaults), given or {})
  local group = vim.api.nvim_create_augroup("alchemy", { clear = true })
  vim.api.nvim_create_autocmd("FileType", {
    group = group,
    pattern = FILETYPES,
    callback = function(event)
      M.attach(event.buf)
    end,
  })
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.tbl_contains(FILETYPES, vim.bo[buffer].filetype) then
      M.attach(buffer)
    end
  end
  for _, action in ipairs({ "plan", "deploy", "destroy" }) do
    vim.lsp.commands["alchemy." .. action] = function(command)
      M.run_target(action, command.arguments[1])
    end
  end
  vim.lsp.commands["alchemy.pickStage"] = function()
    M.pick_stage()
  end
end

local function set_stage(stage)
  ask("alchemy/setStage", { stage = stage }, function(answer)
    options.stage = answer.stage
    refresh_lenses()
    say("stage " .. answer.stage)
  end)
end

--- Makes `stage` the current one; without it, asks which.
function M.pick_stage(stage)
  if stage then
    return set_stage(stage)
  end
  ask("alchemy/stages", { uri = vim.uri_from_bufnr(0) }, function(answer)
    vim.ui.select(answer.stages, {
      prompt = "Stage whose names are shown (now " .. answer.current .. ")",
      format_item = function(item)
        return ("%s  %s"):format(item.stage, item.state)
      end,
    }, function(item)
      if item then
        set_stage(item.stage)
      end
    end)
  end)
end

--- Known stages that begin with `lead`, for completion on the command line.
function M.complete_stage(lead)
  local client = client_of(vim.api.nvim_get_current_buf())
  local answer = client and client.request_sync("alchemy/stages", { uri = vim.uri_from_bufnr(0) }, 1000, 0)
  local names = {}
  for _, item in ipairs(answer and answer.result and answer.result.stages or {}) do
    if vim.startswith(item.stage, lead) and not vim.tbl_contains(names, item.stage) then
      table.insert(names, item.stage)
    end
  end
  return names
end

--- The command line that a button stands for; nothing in it passes a shell.
function M.command_line(action, target)
  local line = { options.path, action, target.program, "--stage", target.stage }
  for _, pair in ipairs({ { "--profile", options.profile }, { "--state", options.state }, { "--env-file", options.env_file } }) do
    if pair[2] then
      vim.list_extend(line, pair)
    end
  end
  return line
end

--- Runs what a code lens names, in a terminal below. Destroy asks; so does the command itself, after it has shown its plan.
function M.run_target(action, target)
  if action == "destroy" then
    local question = ("Destroy stage %s of %s?"):format(target.stage, target.stack)
    if vim.fn.confirm(question, "&Destroy…\n&Cancel", 2, "Warning") ~= 1 then
      return
    end
  end
  vim.cmd("silent! wall")
  vim.cmd("botright 15new")
  vim.fn.termopen(M.command_line(action, target), { cwd = target.folder })
  vim.cmd.startinsert()
end

--- Runs `action` for a stage of the program at hand, the current stage without one.
function M.run(action, stage)
  ask("alchemy/stages", { uri = vim.uri_from_bufnr(0) }, function(answer)
    local first = answer.stages[1]
    if not first then
      return say("no program is open", vim.log.levels.WARN)
    end
    local wanted = stage or answer.current
    local program = vim.uri_to_fname(first.program)
    M.run_target(action, { program = program, folder = vim.fs.dirname(program), stage = wanted, stack = first.stack })
  end)
end

return M
