local function transformed(data)
  return transform({ table = "users", op = "insert", origin = "alpha", data = data })
end

function test_secrets_are_removed()
  local data = transformed({ name = "a", password = "p", token = "t" }).data
  expect.equal(data, { name = "a" })
end

function test_the_same_address_gets_the_same_hash()
  local first = transformed({ email = "a@example.org" }).data.email
  local second = transformed({ email = "a@example.org" }).data.email
  expect.equal(first, second)
  expect.equal(first:sub(1, 7), "sha256:")
  expect.equal(#first, 23)
  expect.truthy(first ~= transformed({ email = "b@example.org" }).data.email)
end

function test_a_probe_is_dropped()
  local kept, reason = transformed({ is_probe = true })
  expect.equal(kept, nil)
  expect.equal(reason, "a probe")
end

function test_other_rows_stay_as_they_are()
  expect.equal(transformed({ n = 1, email = menacedb.null }).data, { n = 1, email = menacedb.null })
end
