#include "core/base/compression.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <zlib.h>
#include <zstd.h>

namespace menacedb {
namespace {

// Lines that pack well, with some that do not.
[[nodiscard]] std::string sample(std::size_t size) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < size) {
    text += "{\"menace_id\": \"alpha\", \"n\": " + std::to_string(random()) + "}\n";
  }
  text.resize(size);
  return text;
}

[[nodiscard]] std::string zstd_frame(std::string_view text, int level = 3) {
  std::string packed;
  ZstdCompressor compressor(level);
  compressor.pack(text, packed);
  compressor.finish(packed);
  return packed;
}

[[nodiscard]] std::string gzip_member(std::string_view text) {
  z_stream stream{};
  REQUIRE(::deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(::deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  ::deflateEnd(&stream);
  return packed;
}

struct Unpacked {
  std::string text;
  bool is_complete = false;
};

// Feeds pieces of `piece` bytes and takes out pieces of `room` bytes.
[[nodiscard]] Unpacked unpack(std::string_view packed, std::size_t piece, std::size_t room) {
  Decompressor decompressor(compression_of(packed));
  std::string text;
  std::string out(room, '\0');
  while (!packed.empty()) {
    std::string_view input = packed.substr(0, piece);
    packed.remove_prefix(input.size());
    std::size_t count = 0;
    do {
      count = decompressor.unpack(input, out);
      text.append(out, 0, count);
    } while (!input.empty() || count == out.size());
  }
  return {text, decompressor.is_complete()};
}

} // namespace

TEST_CASE("compression is told by the first bytes") {
  CHECK(compression_of(gzip_member("x")) == Compression::gzip);
  CHECK(compression_of(zstd_frame("x")) == Compression::zstd);
  CHECK(compression_of("\x5a\x2a\x4d\x18") == Compression::zstd);
  CHECK(compression_of("{\"a\": 1}") == Compression::none);
  CHECK(compression_of("") == Compression::none);
  CHECK(compression_of("\x1f") == Compression::none);
}

TEST_CASE("packed data comes back whatever the size of the pieces") {
  const std::string text = sample(300'000);
  for (const std::string& packed : {gzip_member(text), zstd_frame(text), zstd_frame(text, 19)}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{777}, packed.size()}) {
      for (const std::size_t room : {std::size_t{13}, std::size_t{65536}, text.size() * 2}) {
        const Unpacked unpacked = unpack(packed, piece, room);
        CHECK(unpacked.text == text);
        CHECK(unpacked.is_complete);
      }
    }
  }
}

TEST_CASE("empty content makes a complete stream") {
  for (const std::string& packed : {gzip_member(""), zstd_frame("")}) {
    const Unpacked unpacked = unpack(packed, 5, 10);
    CHECK(unpacked.text.empty());
    CHECK(unpacked.is_complete);
  }
}

TEST_CASE("members and frames one after the other are one text") {
  const std::string text = sample(5000);
  const std::string zstd = zstd_frame(text) + zstd_frame("") + zstd_frame("end");
  const std::string gzip = gzip_member(text) + gzip_member("") + gzip_member("end");
  for (const std::string& packed : {zstd, gzip, gzip + std::string(512, '\0')}) {
    const Unpacked unpacked = unpack(packed, 100, 999);
    CHECK(unpacked.text == text + "end");
    CHECK(unpacked.is_complete);
  }
}

TEST_CASE("a stream that was cut off is not complete wherever that was") {
  const std::string text = sample(2000);
  for (const std::string& packed : {gzip_member(text), zstd_frame(text)}) {
    for (std::size_t size = k_compression_magic_size; size < packed.size(); ++size) {
      CHECK_FALSE(unpack(packed.substr(0, size), 64, 512).is_complete);
    }
  }
}

TEST_CASE("damaged bytes are an error and not content") {
  const std::string text = sample(4000);
  std::string gzip = gzip_member(text);
  gzip[gzip.size() - 6] = static_cast<char>(gzip[gzip.size() - 6] ^ 1); // the checksum
  std::string zstd = zstd_frame(text);
  zstd.back() = static_cast<char>(zstd.back() ^ 1);
  const std::string garbage = gzip_member(text) + "garbage";
  for (const std::string& packed : {gzip, zstd, garbage}) {
    const auto error = test::error_of([&] { (void)unpack(packed, 100, 1000); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::bad_input);
    CHECK(error->code() == "compressed-data");
  }
}

TEST_CASE("what other programs unpack is what was packed") {
  const std::string text = sample(100'000);
  const std::string packed = zstd_frame(text);
  std::string unpacked(text.size(), '\0');
  CHECK(::ZSTD_decompress(unpacked.data(), unpacked.size(), packed.data(), packed.size()) ==
        text.size());
  CHECK(unpacked == text);
  CHECK(packed.size() < text.size() / 2);
}

} // namespace menacedb
