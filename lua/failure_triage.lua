-- Decides about entries that could not be applied.
--
-- A row that names a parent which is not there yet is tried again for a while: the parent may be
-- in another queue. Rows that are there already are dropped. Everything else becomes a dead letter,
-- as it would without this hook.

local most_attempts = 5

function on_failed(entry, err)
  if err.message:find("FOREIGN KEY", 1, true) then
    if entry.attempts < most_attempts then
      return "retry"
    end
    return "bury"
  end
  if err.message:find("UNIQUE constraint failed", 1, true) and entry.table == "events" then
    return "drop"
  end
  return nil
end
