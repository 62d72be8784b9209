local function at(hour, minute)
  expect.now(1767225600 + hour * 3600 + (minute or 0) * 60) -- 2026-01-01T00:00:00Z
end

function test_the_window_is_closed_for_writing()
  at(3)
  expect.equal(route("reports", "insert", "alpha"), "deny")
  at(3, 59)
  expect.equal(route("reports", "insert", "alpha"), "deny")
end

function test_it_opens_again()
  at(4)
  expect.equal(route("reports", "insert", "alpha"), nil)
  at(2, 59)
  expect.equal(route("reports", "insert", "alpha"), nil)
end

function test_a_window_may_pass_midnight()
  at(23)
  expect.equal(route("billing", "insert", "alpha"), "deny")
  at(1)
  expect.equal(route("billing", "insert", "alpha"), "deny")
  at(12)
  expect.equal(route("billing", "insert", "alpha"), nil)
end

function test_reading_is_always_allowed()
  at(3)
  expect.equal(route("reports", "read", "alpha"), nil)
end
