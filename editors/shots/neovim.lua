-- A Neovim in another one's terminal: the text of that terminal is what a person would see. Run by `cargo xtask editor-shots`,
-- which sets NVIM, PLUGIN, PROJECT, BINARY and RESULT. The inner one runs this file, too, with INNER set.

local PATIENCE = 60000
local SIZE = { columns = 118, lines = 36 }
local HINT, HOVER = "photos-dev_sam-jobs-", "photos-prod-jobs-"

local function inner()
  vim.o.laststatus, vim.o.ruler, vim.o.showcmd, vim.o.cmdheight, vim.o.wrap = 0, false, false, 1, false
  vim.opt.shortmess:append("FIWcsS")
  vim.opt.fillchars = { eob = " " }
  vim.opt.runtimepath:append(os.getenv("PLUGIN"))
  vim.cmd.runtime("plugin/alchemy.lua")
  vim.cmd.filetype("on")
  vim.lsp.handlers["textDocument/hover"] = vim.lsp.with(vim.lsp.handlers.hover, { border = "single" })
  vim.diagnostic.config({ virtual_text = false, signs = false, underline = false })
  -- The code lens and its line are shown where Neovim draws them: after the stack's first line.
  require("alchemy").setup({ path = os.getenv("BINARY"), stages = { "pr-147" } })
  vim.cmd.edit("alchemy.run.ts")
  vim.fn.search("Uploads")
  vim.cmd.normal({ "zt", bang = true })
  vim.fn.search("Jobs")
  local timer = vim.uv.new_timer()
  timer:start(200, 200, vim.schedule_wrap(function()
    local shown = #vim.api.nvim_list_uis() > 0 and #vim.lsp.inlay_hint.get({ bufnr = 0 }) > 0
    if shown and not timer:is_closing() then
      timer:close()
      vim.lsp.buf.hover()
    end
  end))
end

local function outer()
  vim.o.columns, vim.o.lines = SIZE.columns, SIZE.lines
  vim.o.laststatus, vim.o.cmdheight, vim.o.number = 0, 0, false
  local script = debug.getinfo(1, "S").source:gsub("^@", "")
  local address = vim.fn.tempname()
  local where = { cwd = os.getenv("PROJECT"), env = { INNER = "1", TERM = "xterm-256color", LANG = "C.UTF-8" } }
  -- The editor and its screen apart: one that has to start the other cannot where it has a loader of its own.
  local editor = vim.fn.jobstart(
    { os.getenv("NVIM"), "--headless", "--listen", address, "-n", "-i", "NONE", "-u", "NONE", "-c", "luafile " .. script },
    where
  )
  assert(vim.wait(PATIENCE, function()
    return vim.uv.fs_stat(address) ~= nil
  end), "the editor does not listen")
  vim.cmd.enew()
  local job = vim.fn.termopen({ os.getenv("NVIM"), "--server", address, "--remote-ui" }, where)
  local function screen()
    return vim.api.nvim_buf_get_lines(0, 0, -1, false)
  end
  local function shows(text)
    return table.concat(screen(), "\n"):find(text, 1, true) ~= nil
  end
  local ok = vim.wait(PATIENCE, function()
    return shows(HINT) and shows(HOVER)
  end, 50)
  vim.wait(500)
  vim.fn.writefile(screen(), os.getenv("RESULT"))
  vim.fn.jobstop(job)
  vim.fn.jobstop(editor)
  if not ok then
    io.stderr:write("waited in vain; the screen:\n" .. table.concat(screen(), "\n") .. "\n")
    vim.cmd("cquit 1")
  end
  vim.cmd("qall!")
end

if os.getenv("INNER") then
  inner()
else
  outer()
end
