#pragma once

// Runs programs as a user does.

#include <memory>
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

/// What reads a background program's standard output and standard error.
enum class Reader {
  file,      ///< one for each
  terminal,  ///< the same for both; 80 columns wide
};

/// A program that runs until it ends, or this object dies, which kills it.
class BackgroundProgram {
 public:
  explicit BackgroundProgram(const std::vector<std::string>& command, Reader reader = Reader::file);
  ~BackgroundProgram();
  BackgroundProgram(const BackgroundProgram&) = delete;
  BackgroundProgram& operator=(const BackgroundProgram&) = delete;

  /// What it has printed by now; on a terminal with what it has said on standard error.
  [[nodiscard]] std::string out();
  [[nodiscard]] std::string err();
  /// Waits until it has printed this. Returns false if that does not happen.
  [[nodiscard]] bool prints(std::string_view text);
  /// Sends it a signal.
  void send(int signal);
  /// Waits until it has ended; its exit status, or -1 if it died of a signal or goes on for ever.
  int wait();

 private:
  struct Outputs;
  std::unique_ptr<Outputs> outputs_;
  int pid_;  ///< 0: it has ended
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
