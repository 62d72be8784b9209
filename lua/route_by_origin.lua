-- Keeps what guests write to themselves.
--
-- Instances whose id begins with "guest" or "ci-" may write, but only to their own local database,
-- and may not touch the tables of the core fleet at all. Everybody else is left to the settings.

local guests = { "guest*", "ci-*" }
local core_tables = { bots = true, memory = true }

local function is_guest(origin)
  for _, pattern in ipairs(guests) do
    if menacedb.glob(pattern, origin) then
      return true
    end
  end
  return false
end

function route(table, op, origin)
  if not is_guest(origin) then
    return nil
  end
  if core_tables[table] and op ~= "read" then
    return "deny"
  end
  return "local"
end
