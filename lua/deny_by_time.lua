-- Closes tables for writing while a nightly job owns them.
--
-- Entries that are queued during the window become dead letters; `menacedb replay-failed` queues
-- them again in the morning. Times are UTC hours; a window may pass midnight.

local windows = {
  billing = { from = 22, to = 2 },
  reports = { from = 3, to = 4 },
}

local function hour_now()
  return math.floor(menacedb.now() / 3600) % 24
end

local function is_inside(hour, window)
  if window.from <= window.to then
    return hour >= window.from and hour < window.to
  end
  return hour >= window.from or hour < window.to
end

function route(table, op, origin)
  local window = windows[table]
  if window and op ~= "read" and is_inside(hour_now(), window) then
    return "deny"
  end
  return nil
end
