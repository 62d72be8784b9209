#pragma once

#include <cstdint>

namespace menacedb {

// Bytes of the database file that SQLite locks (file format, "The Lock-Byte Page").
constexpr std::uint64_t k_pending_byte = 0x40000000;
constexpr std::uint64_t k_reserved_byte = k_pending_byte + 1;
constexpr std::uint64_t k_shared_byte = k_pending_byte + 2;
constexpr std::uint64_t k_last_shared_byte = k_shared_byte + 509;

// Bytes of the -shm file (walformat.html, "WAL Locks").
constexpr std::uint64_t k_wal_write = 120;
constexpr std::uint64_t k_wal_checkpoint = 121;
constexpr std::uint64_t k_wal_recover = 122;
constexpr std::uint64_t k_wal_read = 123;
constexpr std::uint64_t k_read_marks = 5;
constexpr std::uint64_t k_dead_man_switch = 128; // held shared by every connection, idle or not

} // namespace menacedb
