#pragma once

#include "core/config/settings.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace menacedb::test {

// A fresh working directory with its own home and system folders, and an environment made by hand.
class ConfigBench {
public:
  ConfigBench() : m_old_directory(std::filesystem::current_path()) {
    std::filesystem::create_directories(m_directory / "project");
    std::filesystem::current_path(m_directory / "project");
    variables["HOME"] = m_directory / "home";
  }
  ~ConfigBench() { std::filesystem::current_path(m_old_directory); }
  ConfigBench(const ConfigBench&) = delete;
  ConfigBench& operator=(const ConfigBench&) = delete;

  // Relative to the working directory.
  void write(const std::string& path, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::absolute(path).parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  void write_system(const std::string& content) const { write("../etc/menacedb.toml", content); }
  void write_user(const std::string& content) const {
    write("../home/.config/menacedb/menacedb.toml", content);
  }

  [[nodiscard]] Settings load() {
    ConfigSources sources;
    sources.config_file = config_file;
    sources.flags = flags;
    sources.system_directory = m_directory / "etc";
    sources.environment = [this](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? nullptr : found->second.c_str();
    };
    std::vector<std::string> texts;
    for (const auto& [name, value] : variables) {
      texts.push_back(name + "=" + value);
    }
    std::vector<const char*> block;
    for (const std::string& text : texts) {
      block.push_back(text.c_str());
    }
    block.push_back(nullptr);
    sources.variables = block.data();
    return Settings::load(fs, sources);
  }

  // All problems as users see them.
  [[nodiscard]] std::vector<std::string> problems() {
    std::vector<std::string> texts;
    const Settings settings = load();
    for (const ConfigProblem& problem : settings.problems()) {
      texts.push_back(problem_text(problem) +
                      (problem.hint.empty() ? "" : " [" + problem.hint + "]"));
    }
    return texts;
  }
  // The only problem; "" when there is none, "several" when there are more.
  [[nodiscard]] std::string problem() {
    const auto all = problems();
    return all.empty() ? "" : all.size() == 1 ? all[0] : "several";
  }

  PosixFs fs;
  std::string config_file;
  std::map<std::string, std::string> flags;
  std::map<std::string, std::string> variables;

private:
  TempDir m_directory;
  std::filesystem::path m_old_directory;
};

} // namespace menacedb::test
