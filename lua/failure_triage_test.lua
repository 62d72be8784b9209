local function answer(message, fields)
  local entry = { table = "events", op = "insert", origin = "alpha", attempts = 1, data = {} }
  for name, value in pairs(fields or {}) do
    entry[name] = value
  end
  return on_failed(entry, { code = "constraint", message = message })
end

function test_a_missing_parent_is_waited_for()
  expect.equal(answer("FOREIGN KEY constraint failed"), "retry")
  expect.equal(answer("FOREIGN KEY constraint failed", { attempts = 5 }), "bury")
end

function test_a_known_event_is_dropped()
  expect.equal(answer("UNIQUE constraint failed: events.id"), "drop")
  expect.equal(answer("UNIQUE constraint failed: bots.id", { table = "bots" }), nil)
end

function test_other_failures_become_dead_letters()
  expect.equal(answer("no such table: events"), nil)
end
