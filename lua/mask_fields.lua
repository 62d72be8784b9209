-- Drops and masks fields before a row is written.
--
-- Secrets never reach the database, addresses are replaced by a hash that still tells two of them
-- apart, and rows that only test the queue are dropped. The queue's own files (archive, dead
-- letters) keep what was queued: use their retention for that.

local removed = { "password", "token", "api_key" }
local hashed = { "email", "ip" }

function transform(entry)
  local data = entry.data
  if not data then
    return entry
  end
  if data.is_probe == true then
    return nil, "a probe"
  end
  for _, name in ipairs(removed) do
    data[name] = nil
  end
  for _, name in ipairs(hashed) do
    if type(data[name]) == "string" then
      data[name] = "sha256:" .. menacedb.hash(data[name]):sub(1, 16)
    end
  end
  return entry
end
