-- Lets urgent rows overtake.
--
-- Asked when menacedb enqueues an entry that was given no priority. 1 is served first, 10 last; nil
-- leaves it to [tables.NAME] priority.

local by_severity = { critical = 1, error = 2, warning = 4, debug = 9 }

function priority(entry)
  local severity = entry.data and entry.data.severity
  if type(severity) == "string" then
    return by_severity[severity:lower()]
  end
  return nil
end
