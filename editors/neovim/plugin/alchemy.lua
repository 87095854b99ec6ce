-- Commands of the Alchemy plugin. The server starts once `require("alchemy").setup()` has been called.

if vim.g.loaded_alchemy then
  return
end
vim.g.loaded_alchemy = true

local function stages(lead)
  return require("alchemy").complete_stage(lead)
end

local function command(name, description, run)
  vim.api.nvim_create_user_command(name, function(arguments)
    run(arguments.args ~= "" and arguments.args or nil)
  end, { nargs = "?", complete = stages, desc = description })
end

command("AlchemyStage", "Choose the stage whose names are shown", function(stage)
  require("alchemy").pick_stage(stage)
end)
for _, action in ipairs({ "plan", "deploy", "destroy" }) do
  local name = "Alchemy" .. action:sub(1, 1):upper() .. action:sub(2)
  command(name, "alchemy " .. action .. " in a terminal, for a stage or the current one", function(stage)
    require("alchemy").run(action, stage)
  end)
end
