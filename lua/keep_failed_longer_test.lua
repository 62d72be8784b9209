local day = 86400

function test_failed_entries_of_important_tables_are_kept()
  expect.now(100 * day)
  expect.equal(retain("failed", { table = "billing", created_at = 40 * day }), true)
end

function test_but_not_for_ever()
  expect.now(200 * day)
  expect.equal(retain("failed", { table = "billing", created_at = 40 * day }), nil)
end

function test_everything_else_is_left_to_the_settings()
  expect.now(100 * day)
  expect.equal(retain("failed", { table = "alerts", created_at = 99 * day }), nil)
  expect.equal(retain("completed", { table = "billing", created_at = 99 * day }), nil)
end
