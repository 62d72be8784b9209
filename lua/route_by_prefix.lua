-- Routes tables by the beginning of their name.
--
-- Tables that are made by the dozen, such as one per experiment, need no entry in menacedb.toml:
-- their prefix says where they live. A name that fits none is left to the settings.

local prefixes = {
  { prefix = "shared_", placement = "shared" },
  { prefix = "fleet_", placement = "shared" },
  { prefix = "tmp_", placement = "local" },
  { prefix = "secret_", placement = "deny" },
}

function route(table, op, origin)
  for _, rule in ipairs(prefixes) do
    if table:sub(1, #rule.prefix) == rule.prefix then
      return rule.placement
    end
  end
  return nil -- no opinion
end
