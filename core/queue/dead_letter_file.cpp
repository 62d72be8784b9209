#include "core/base/error.hpp"
#include "core/queue/codec.hpp"
#include "core/queue/dead_letters.hpp"
#include "core/queue/durable_directories.hpp"
#include "core/queue/line_reader.hpp"
#include "core/queue/stray.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace menacedb {

namespace {

constexpr Bytes k_longest_line = 64u << 20;
constexpr std::size_t k_chunk = 256u << 10;

using Place = std::pair<SegmentId, Bytes>;

// Whether the line is what is left of `text` when some of it did not reach the disk: pieces of it,
// with zeros between them.
bool is_torn(std::string_view line, std::string_view text) {
  while (!line.empty()) {
    const std::string_view piece = line.substr(0, line.find('\0'));
    if (text.find(piece) == std::string_view::npos) {
      return false;
    }
    line.remove_prefix(std::min(line.size(), piece.size() + 1));
  }
  return true;
}

std::string encode_all(std::span<const DeadLetter> letters) {
  std::string text;
  for (const DeadLetter& letter : letters) {
    text.append(encode_dead_letter(letter));
  }
  return text;
}

} // namespace

DeadLetterFile::DeadLetterFile(Fs& fs, std::string path) : m_fs(fs), m_path(std::move(path)) {}

// None only when there is no file and it is not to be created.
std::optional<DeadLetterFile::Locked> DeadLetterFile::lock(LockMode mode, bool creates) {
  OpenOptions options;
  options.mode = creates ? OpenMode::read_append : OpenMode::read;
  options.create = creates;
  for (;;) {
    auto file = m_fs.open_if_exists(m_path, options);
    if (!file && !creates) {
      return std::nullopt;
    }
    if (!file) {
      create_directories_durably(m_fs, parent_directory(m_path));
      continue;
    }
    if (const auto reason = why_stray(m_fs.stat(*file))) {
      throw stray_error("use", m_path, *reason);
    }
    m_fs.lock(*file, mode);
    const FileStat stat = m_fs.stat(*file);
    const auto named = m_fs.stat(m_path);
    if (named && named->id == stat.id) {
      return Locked{std::move(*file), stat.size};
    }
  }
}

Bytes DeadLetterFile::append(std::span<const DeadLetter> letters, Bytes known_size) {
  const auto locked = lock(LockMode::exclusive, true);
  const std::string text = select_new(letters, *locked, known_size);
  try {
    m_fs.write_all(locked->file, text);
  } catch (const Error&) {
    m_fs.truncate(locked->file, locked->size); // half a line would spoil the next one
    throw;
  }
  m_fs.reached(Step::export_written);
  m_fs.sync_data(locked->file);
  // Until a commit knew the file, whoever created it may have died before this.
  if (known_size == 0 || known_size > locked->size) {
    m_fs.sync_directory(parent_directory(m_path));
  }
  m_fs.reached(Step::export_synced);
  return locked->size + text.size();
}

std::string DeadLetterFile::select_new(std::span<const DeadLetter> letters, const Locked& locked,
                                       Bytes known_size) {
  // A file that is shorter than we knew it was rewritten: all of it may be news.
  const Bytes begin = known_size <= locked.size ? known_size : 0;
  const std::string all = begin < locked.size ? encode_all(letters) : std::string();
  std::set<Place> present;
  LineReader reader(m_fs, locked.file, begin, locked.size, k_longest_line);
  while (const auto line = reader.next()) {
    const auto letter = line->is_cut ? std::nullopt : decode_dead_letter(line->text);
    if (letter && letter->segment) {
      present.emplace(*letter->segment, letter->offset);
    } else if (!letter && !line->is_cut && !is_blank_line(line->text) && is_torn(line->text, all)) {
      make_blank(locked, line->offset, line->text.size());
    }
  }
  std::string text;
  char last = '\n';
  if (locked.size > 0 && m_fs.read_at(locked.file, &last, 1, locked.size - 1) == 1 &&
      last != '\n') {
    text.push_back('\n');
  }
  for (const DeadLetter& letter : letters) {
    if (!letter.segment || present.emplace(*letter.segment, letter.offset).second) {
      text.append(encode_dead_letter(letter));
    }
  }
  return text;
}

// In place, since somebody else's letters may follow. The locked descriptor can only append.
void DeadLetterFile::make_blank(const Locked& locked, Bytes offset, std::size_t size) {
  OpenOptions options;
  options.mode = OpenMode::read_write;
  const auto file = m_fs.open_if_exists(m_path, options);
  if (file && m_fs.stat(*file).id == m_fs.stat(locked.file).id) {
    m_fs.write_at(*file, std::string(size, ' '), offset);
  }
}

void DeadLetterFile::read(const std::function<bool(const Line&)>& visit) {
  const auto locked = lock(LockMode::shared, false);
  if (!locked) {
    return;
  }
  LineReader reader(m_fs, locked->file, 0, locked->size, k_longest_line);
  while (const auto line = reader.next()) {
    if (is_blank_line(line->text) && !line->is_cut) {
      continue;
    }
    if (!visit({line->text, line->offset, line->is_cut,
                line->is_cut ? std::nullopt : decode_dead_letter(line->text)})) {
      return;
    }
  }
}

Fd DeadLetterFile::create_copy(const std::string& path, const Fd& like) {
  OpenOptions options;
  options.mode = OpenMode::append;
  options.create = true;
  options.exclusive = true;
  Fd file = m_fs.open(path, options);
  m_fs.set_owner_and_mode(file, m_fs.stat(like));
  return file;
}

void DeadLetterFile::copy(const Fd& from, Bytes begin, Bytes end, const Fd& to) {
  std::string buffer(std::min<Bytes>(k_chunk, end - begin), '\0');
  while (begin < end) {
    const std::size_t wanted = std::min<Bytes>(buffer.size(), end - begin);
    const std::size_t count = m_fs.read_at(from, buffer.data(), wanted, begin);
    if (count == 0) {
      return;
    }
    m_fs.write_all(to, std::string_view(buffer).substr(0, count));
    begin += count;
  }
}

std::uint64_t DeadLetterFile::rewrite(const std::function<bool(const Line&)>& keeps) {
  const auto locked = lock(LockMode::exclusive, false);
  if (!locked) {
    return 0;
  }
  const std::string temporary = m_path + ".tmp";
  (void)m_fs.unlink(temporary); // of one who died here; the lock is ours
  const Fd target = create_copy(temporary, locked->file);
  std::uint64_t removed = 0;
  LineReader reader(m_fs, locked->file, 0, locked->size, k_longest_line);
  Bytes kept_from = 0; // what is kept is copied in runs
  Bytes position = 0;
  while (const auto line = reader.next()) {
    position = line->offset + line->length;
    const bool is_blank = is_blank_line(line->text) && !line->is_cut;
    if (is_blank || keeps({line->text, line->offset, line->is_cut,
                           line->is_cut ? std::nullopt : decode_dead_letter(line->text)})) {
      continue;
    }
    ++removed;
    copy(locked->file, kept_from, line->offset, target);
    kept_from = position;
  }
  if (removed == 0) {
    (void)m_fs.unlink(temporary);
    return 0;
  }
  copy(locked->file, kept_from, locked->size, target);
  m_fs.sync(target);
  m_fs.rename(temporary, m_path);
  m_fs.sync_directory(parent_directory(m_path));
  // An old worker appends without a lock, and may have done so to the file that is gone.
  const Bytes grown = m_fs.stat(locked->file).size;
  if (grown > locked->size) {
    copy(locked->file, locked->size, grown, target);
    m_fs.sync(target);
  }
  m_fs.reached(Step::replay_rewritten);
  return removed;
}

std::string DeadLetterFile::back_up() {
  const auto locked = lock(LockMode::shared, false);
  if (!locked) {
    return {};
  }
  for (unsigned number = 0;; ++number) {
    const std::string path =
        number == 0 ? m_path + ".bak" : fmt::format("{}.bak.{}", m_path, number);
    if (m_fs.stat(path)) {
      continue;
    }
    try {
      const Fd target = create_copy(path, locked->file);
      copy(locked->file, 0, locked->size, target);
      m_fs.sync(target);
    } catch (const Error& error) {
      if (error.code() == "exists") {
        continue;
      }
      throw;
    }
    m_fs.sync_directory(parent_directory(m_path));
    m_fs.reached(Step::replay_backed_up);
    return path;
  }
}

} // namespace menacedb
