function test_a_guest_writes_to_its_own_database()
  expect.equal(route("alerts", "insert", "guest-7"), "local")
  expect.equal(route("alerts", "upsert", "ci-1042"), "local")
end

function test_a_guest_may_not_write_to_core_tables()
  expect.equal(route("bots", "insert", "guest-7"), "deny")
  expect.equal(route("bots", "read", "guest-7"), "local")
end

function test_the_fleet_is_left_to_the_settings()
  expect.equal(route("bots", "insert", "alpha"), nil)
  expect.equal(route("bots", "insert", "the-guest"), nil)
end
