#include "core/base/hash.hpp"
#include "core/base/sha256_blocks.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

using namespace menacedb;

namespace {

using BlockFunction = void (*)(Sha256State&, const unsigned char*, std::size_t) noexcept;

// SHA-256 with the padding done the plain way, by one of the two block functions.
std::string hex_by(BlockFunction blocks, const std::string& bytes) {
  std::string padded = bytes + '\x80';
  padded.append((120 - padded.size() % 64) % 64, '\0');
  for (int shift = 56; shift >= 0; shift -= 8) {
    padded += static_cast<char>(bytes.size() * 8 >> shift & 0xFF);
  }
  Sha256State state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  blocks(state, reinterpret_cast<const unsigned char*>(padded.data()), padded.size() / 64);
  Sha256::Digest digest;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<unsigned char>(state[i / 4] >> (24 - 8 * (i % 4)) & 0xFF);
  }
  return to_hex(digest);
}

struct Vector {
  std::string bytes;
  std::string_view hex;
};

std::vector<Vector> fips_vectors() {
  return {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
       "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
}

} // namespace

TEST_CASE("SHA-256 gives the vectors of FIPS 180-4") {
  for (const Vector& vector : fips_vectors()) {
    CHECK(sha256_hex(vector.bytes) == vector.hex);
  }
}

TEST_CASE("SHA-256 in portable code gives the vectors of FIPS 180-4") {
  for (const Vector& vector : fips_vectors()) {
    CHECK(hex_by(sha256_blocks_portable, vector.bytes) == vector.hex);
  }
}

TEST_CASE("SHA-256 by the instructions of the processor equals the portable code") {
  if (!has_sha_instructions()) {
    MESSAGE("this processor has no SHA instructions");
    return;
  }
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(hex_by(sha256_blocks_accelerated, bytes) == hex_by(sha256_blocks_portable, bytes));
    bytes += static_cast<char>(i * 37);
  }
}

TEST_CASE("SHA-256 does not depend on how the bytes are cut") {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) {
    bytes += static_cast<char>(i);
  }
  for (const std::size_t step : {1U, 7U, 63U, 64U, 65U, 200U}) {
    Sha256 hash;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      hash.update(std::string_view(bytes).substr(at, step));
    }
    CHECK(hash.finish() == sha256(bytes));
  }
}

// These values are on users' disks: they may never change.
TEST_CASE("the 64-bit digest of given bytes is fixed") {
  CHECK(digest64("") == 0xda68e8aa1e4c3171U);
  CHECK(digest64("a") == 0x2f516fcd72516f50U);
  CHECK(digest64("12345678") == 0xd64e7dc36a6bbe0dU);
  CHECK(digest64("0123456789abcdef") == 0x329dff9d2038af87U);
  CHECK(digest64("0123456789abcdef0123456789abcdef!") == 0x33a959566a873ec8U);
  CHECK(digest64("{\"data\": {\"name\": \"x\"}, \"table\": \"bots\"}\n") == 0xcadedbb14e034ec8U);
}

TEST_CASE("the 64-bit digest differs when any byte or the length differs") {
  std::set<std::uint64_t> seen;
  std::size_t count = 0;
  for (std::size_t length = 0; length < 70; ++length) {
    seen.insert(digest64(std::string(length, '\0')));
    ++count;
    for (std::size_t at = 0; at < length; ++at) {
      std::string bytes(length, '\0');
      bytes[at] = '\1';
      seen.insert(digest64(bytes));
      ++count;
    }
  }
  CHECK(seen.size() == count);
}
