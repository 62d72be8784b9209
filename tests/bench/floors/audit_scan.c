// Counts the lines of an audit log by id, table and operation: one thread, and nothing but lines of
// exactly this shape:
//   {"menace_id": "…", "table_name": "…", "operation": "…", "timestamp": "…"}
// audit_scan FILE prints the number of lines and of different keys.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK (256u << 10)
#define SLOTS 4096u

static const char k_begin[] = "{\"menace_id\": \"";
static const char k_table[] = "\", \"table_name\": \"";
static const char k_operation[] = "\", \"operation\": \"";

struct slot {
  char* key;
  size_t size;
  uint64_t hash;
  uint64_t count;
};

static struct slot slots[SLOTS];
static uint64_t keys;

static uint64_t hash_of(const char* key, size_t size) {
  uint64_t hash = size;
  uint64_t word;
  for (size_t at = 0; at + 8 <= size; at += 8) {
    memcpy(&word, key + at, 8);
    hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 32;
  }
  memcpy(&word, key + size - 8, 8);
  hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

static void count(const char* key, size_t size) {
  const uint64_t hash = hash_of(key, size);
  size_t at = hash % SLOTS;
  while (slots[at].key && (slots[at].hash != hash || slots[at].size != size ||
                           memcmp(slots[at].key, key, size) != 0)) {
    at = (at + 1) % SLOTS;
  }
  if (!slots[at].key) {
    slots[at].key = malloc(size);
    memcpy(slots[at].key, key, size);
    slots[at].size = size;
    slots[at].hash = hash;
    if (++keys == SLOTS) {
      exit(1);
    }
  }
  ++slots[at].count;
}

// The key is all between the quotes of the first and of the third text, counted as it stands.
static void scan_line(const char* line, const char* end) {
  const char* const key = line + sizeof k_begin - 1;
  const char* at = memchr(key, '"', (size_t)(end - key));
  at = memchr(at + sizeof k_table - 1, '"', (size_t)(end - at) - sizeof k_table + 1);
  at = memchr(at + sizeof k_operation - 1, '"', (size_t)(end - at) - sizeof k_operation + 1);
  count(key, (size_t)(at - key));
}

int main(int argc, char** argv) {
  static char buffer[2 * BLOCK];
  const int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
  size_t rest = 0;
  uint64_t lines = 0;
  ssize_t got;
  while ((got = read(fd, buffer + rest, BLOCK)) > 0) {
    const char* at = buffer;
    const char* const end = buffer + rest + got;
    const char* newline;
    while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
      scan_line(at, newline);
      ++lines;
      at = newline + 1;
    }
    rest = (size_t)(end - at);
    memmove(buffer, at, rest);
  }
  printf("%llu %llu\n", (unsigned long long)lines, (unsigned long long)keys);
  return got < 0;
}
