local function entry(data)
  return { table = "alerts", op = "insert", origin = "alpha", data = data }
end

function test_a_critical_row_comes_first()
  expect.equal(priority(entry({ severity = "critical" })), 1)
  expect.equal(priority(entry({ severity = "CRITICAL" })), 1)
end

function test_debug_rows_can_wait()
  expect.equal(priority(entry({ severity = "debug" })), 9)
end

function test_other_rows_are_left_to_the_settings()
  expect.equal(priority(entry({ severity = "odd" })), nil)
  expect.equal(priority(entry({ severity = menacedb.null })), nil)
  expect.equal(priority(entry({})), nil)
end
