#include "core/engine/care/backup.hpp"

#include "core/base/compression.hpp"
#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/db/database.hpp"
#include "core/db/online_backup.hpp"
#include "core/db/transaction.hpp"
#include "core/engine/care/database_check.hpp"
#include "core/engine/care/file_hash.hpp"
#include "core/engine/care/partial_file.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/store/ledger.hpp"
#include "core/store/store_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace menacedb {
namespace {

constexpr Bytes k_for_the_manifest = 64u << 10;

class Backup {
public:
  Backup(const Context& context, const std::string& database, const BackupOptions& options)
      : m_context(context),
        m_database(database),
        m_options(options),
        m_directory(options.directory.empty() ? backup_directory(database) : options.directory) {}

  MadeBackup run();

private:
  [[nodiscard]] BackupManifest first_manifest();
  void copy(Database& source, PartialFile& copy);
  void examine(const PartialFile& copy);
  void check(const std::string& path);
  void compress(const std::string& from, const PartialFile& to);
  [[nodiscard]] std::string reserve_name();
  void publish(PartialFile& file);
  void prune();
  void tell(std::string_view what, Bytes done, Bytes total) const;

  Context m_context;
  const std::string& m_database;
  const BackupOptions& m_options;
  std::string m_directory;
  std::string m_schema; // of the source at the moment of the copy
  MadeBackup m_made;
};

void Backup::tell(std::string_view what, Bytes done, Bytes total) const {
  if (m_options.on_progress) {
    m_options.on_progress(what, done, total);
  }
}

BackupManifest Backup::first_manifest() {
  BackupManifest manifest;
  manifest.source = m_database;
  manifest.reason = m_options.reason;
  manifest.created_at = m_context.clock.now();
  return manifest;
}

// The moment of the copy is that of the read transaction, and it lasts no longer than the copy: the
// WAL grows while somebody reads.
void Backup::copy(Database& source, PartialFile& copy) {
  const Duration began = m_context.clock.monotonic();
  const ReadTransaction moment(source);
  m_schema = schema_digest(source);
  m_made.manifest.sqlite_version = source.query_text("SELECT sqlite_version()");
  OnlineBackupOptions options;
  options.on_progress = [this](Bytes done, Bytes total) { tell("copy", done, total); };
  m_made.manifest.bytes =
      back_up_to_file(m_context.fs, source, copy.path(), m_context.stop, options);
  m_made.copied_in = m_context.clock.monotonic() - began;
}

// The hash is that of what can be read back. One after the other: a second busy core would be
// missed by those who write meanwhile.
void Backup::examine(const PartialFile& copy) {
  check(copy.path());
  if (!m_options.is_compressed) { // else the packing reads it anyway
    m_made.manifest.sha256 = hash_file(m_context.fs, copy.path(), m_context.stop).sha256;
  }
}

void Backup::check(const std::string& path) {
  Database database(path, {.read_only = true}, m_context.clock, m_context.stop);
  if (m_options.verifies) {
    const Bytes total = m_made.manifest.bytes;
    const std::optional<std::string> damage =
        find_damage(database, CheckDepth::quick, m_context.stop,
                    [&](Bytes read) { tell("verify", std::min(read, total), total); });
    if (damage) {
      throw Error(ErrorKind::io, "database-corrupt",
                  fmt::format("cannot back up '{}': its copy is damaged: {}", m_database, *damage))
          .with_hint("menacedb restore --latest, or --no-verify to keep a copy as it is");
    }
    if (schema_digest(database) != m_schema) {
      throw Error(ErrorKind::io, "backup-differs",
                  fmt::format("cannot back up '{}': its copy has another schema", m_database));
    }
    m_made.manifest.is_verified = true;
  }
  if (has_store_schema(database)) {
    m_made.manifest.ledger = Ledger(database).positions();
  }
}

void Backup::compress(const std::string& from, const PartialFile& to) {
  ZstdCompressor compressor;
  Sha256 hash;
  std::string packed;
  Bytes stored = 0;
  Bytes done = 0;
  const auto write = [&] {
    m_context.fs.write_all(to.file(), packed);
    hash.update(packed);
    stored += packed.size();
    packed.clear();
  };
  const FileHash content =
      hash_file(m_context.fs, from, m_context.stop, [&](std::string_view piece) {
        compressor.pack(piece, packed);
        write();
        done += piece.size();
        tell("compress", done, m_made.manifest.bytes);
      });
  compressor.finish(packed);
  write();
  m_context.fs.sync(to.file());
  m_made.manifest.content = {content.bytes, content.sha256};
  m_made.manifest.bytes = stored;
  m_made.manifest.sha256 = to_hex(hash.finish());
}

// Whoever creates the manifest first has the name.
std::string Backup::reserve_name() {
  const std::string base = join_path(
      m_directory, backup_base_name(m_database, *m_made.manifest.created_at, m_options.reason));
  for (unsigned number = 1;; ++number) {
    const std::string stem = number == 1 ? base : fmt::format("{}_{}", base, number);
    const std::string plain = stem + ".db";
    const std::string packed = plain + ".zst";
    std::string path = m_options.is_compressed ? packed : plain;
    if (m_context.fs.stat(plain) || m_context.fs.stat(packed) ||
        m_context.fs.stat(manifest_path(m_options.is_compressed ? plain : packed))) {
      continue;
    }
    try {
      static_cast<void>(m_context.fs.open(
          manifest_path(path), {.mode = OpenMode::append, .create = true, .exclusive = true}));
      return path;
    } catch (const Error& error) {
      if (error.code() != "exists") {
        throw;
      }
    }
  }
}

// First the manifest, so that no backup is ever without one.
void Backup::publish(PartialFile& file) {
  m_made.path = reserve_name();
  m_made.manifest.files = {m_made.path.substr(m_made.path.rfind('/') + 1)};
  m_context.fs.reached(Step::backup_named);
  try {
    replace_file(m_context.fs, manifest_path(m_made.path), encode_manifest(m_made.manifest));
    m_context.fs.reached(Step::backup_described);
    file.publish(m_made.path);
  } catch (const Error&) {
    static_cast<void>(m_context.fs.unlink(manifest_path(m_made.path)));
    throw;
  }
  m_context.fs.sync_directory(m_directory);
  m_context.fs.reached(Step::backup_published);
}

MadeBackup Backup::run() {
  const FileStat file = require_file(m_context.fs, m_database);
  Database source = open_untouched(m_context, m_database);
  m_made.manifest = first_manifest();
  const auto size = static_cast<Bytes>(source.query_integer("PRAGMA page_count")) *
                    static_cast<Bytes>(source.query_integer("PRAGMA page_size"));
  require_space(m_context.fs, m_directory,
                k_for_the_manifest + (m_options.is_compressed ? size + size / 2 : size),
                fmt::format("back up '{}'", m_database));
  if (m_options.is_dry_run) {
    m_made.manifest.bytes = size;
    m_made.path = join_path(m_directory, backup_base_name(m_database, *m_made.manifest.created_at,
                                                          m_options.reason)) +
                  (m_options.is_compressed ? ".db.zst" : ".db");
    return std::move(m_made);
  }
  m_context.fs.make_directories(m_directory);
  PartialFile::remove_stale(m_context.fs, m_directory);
  PartialFile plain(m_context.fs, m_directory, backup_stem(m_database), file);
  copy(source, plain);
  m_context.fs.reached(Step::backup_copied);
  examine(plain);
  if (m_options.is_compressed) {
    PartialFile packed(m_context.fs, m_directory, backup_stem(m_database), file);
    compress(plain.path(), packed);
    publish(packed);
  } else {
    publish(plain);
  }
  if (m_options.directory.empty()) {
    prune();
  }
  return std::move(m_made);
}

// The copy is made: a policy that cannot be loaded keeps what it would be asked about.
void Backup::prune() {
  try {
    const std::unique_ptr<Hooks> hooks = make_hooks(m_context);
    m_made.pruned = prune_backups(m_context, m_database, false, hooks.get());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::config) {
      throw;
    }
    m_context.log.event(LogLevel::warning, "backups-not-pruned", {{"reason", error.message()}});
  }
}

} // namespace

FileStat require_file(Fs& fs, const std::string& path) {
  const auto file = fs.stat(real_database_path(path));
  if (!file) {
    throw Error(ErrorKind::bad_input, "not-found",
                fmt::format("cannot open '{}': there is no such file", path));
  }
  if (file->type != FileType::regular) {
    throw Error(ErrorKind::bad_input, "not-a-file",
                fmt::format("cannot open '{}': it is not a regular file", path));
  }
  return *file;
}

Database open_untouched(const Context& context, const std::string& path) {
  DatabaseOptions options;
  options.keeps_journal_mode = true;
  options.cache_size = 2u << 20; // each page is read once
  options.busy_timeout = context.settings.duration("databases.busy_timeout");
  try {
    Database database(path, options, context.clock, context.stop);
    static_cast<void>(database.query_integer("SELECT count(*) FROM sqlite_schema"));
    return database;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::denied) {
      throw;
    }
  }
  options.read_only = true;
  options.accepts_snapshot = true;
  return {path, options, context.clock, context.stop};
}

void require_space(Fs& fs, const std::string& directory, Bytes needed, std::string_view action) {
  std::string existing = directory;
  while (!fs.stat(existing) && existing != "." && existing != "/") {
    existing = parent_directory(existing);
  }
  const Bytes free = fs.free_space(existing);
  if (free < needed) {
    throw Error(ErrorKind::io, "disk-full",
                fmt::format("cannot {}: it needs {} in '{}', where {} are free", action,
                            format_bytes(needed), directory, format_bytes(free)));
  }
}

MadeBackup back_up(const Context& context, const std::string& database,
                   const BackupOptions& options) {
  return Backup(context, database, options).run();
}

} // namespace menacedb
