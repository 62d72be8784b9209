function test_a_prefix_decides()
  expect.equal(route("shared_findings", "insert", "alpha"), "shared")
  expect.equal(route("tmp_scratch", "insert", "alpha"), "local")
  expect.equal(route("secret_keys", "read", "alpha"), "deny")
end

function test_other_names_are_left_to_the_settings()
  expect.equal(route("bots", "insert", "alpha"), nil)
  expect.equal(route("my_shared_table", "insert", "alpha"), nil)
end
