-- Keeps what may be needed to find out what went wrong.
--
-- Asked for each item that retention is about to delete: true keeps it, false lets it go, nil
-- leaves it to [retention]. `item` says what is known of it: name, bytes, created_at (seconds),
-- error.

local day = 86400
local important = { "bots", "billing" }

local function is_important(item)
  for _, table in ipairs(important) do
    if item.table == table then
      return true
    end
  end
  return false
end

function retain(kind, item)
  if kind ~= "failed" then
    return nil
  end
  local age = menacedb.now() - (item.created_at or 0)
  if is_important(item) and age < 90 * day then
    return true
  end
  return nil
end
