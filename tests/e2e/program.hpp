#pragma once

// Runs programs as a user does.

#include <string>
#include <string_view>
#include <vector>

namespace test {

struct ProgramResult {
  int status = -1;  ///< exit status; -1 if it died of a signal
  std::string out{};
  std::string err{};
};

/// Runs a program to its end with `input` on its standard input.
ProgramResult run_program(const std::vector<std::string>& command, std::string_view input = {});

/// A program that runs until this object dies, which kills it.
class BackgroundProgram {
 public:
  explicit BackgroundProgram(const std::vector<std::string>& command);
  ~BackgroundProgram();
  BackgroundProgram(const BackgroundProgram&) = delete;
  BackgroundProgram& operator=(const BackgroundProgram&) = delete;

 private:
  int pid_;
};

/// A file with this content in the temporary folder, deleted at the end.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace test
