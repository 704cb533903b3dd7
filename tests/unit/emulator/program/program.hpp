#pragma once

// jwks-emulator as a child process.

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace test {

/// A working directory for one case.
struct WorkingDirectory : TemporaryDirectory {
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path() / name) << text;
    return (path() / name).string();
  }
};

/// Where the child's standard output goes.
enum class Output { pipe, closed, full_disk, closed_pipe };

/// A running program whose output is read through pipes. Nothing of our environment that concerns
/// it gets there but `environment`.
class Program {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;

  Program(std::vector<std::string> arguments, const WorkingDirectory& directory,
          const Environment& environment = {}, Output output_to = Output::pipe) {
    arguments.insert(arguments.begin(), JWKS_EMULATOR_PROGRAM);
    std::vector<char*> argv;
    for (std::string& each : arguments) argv.push_back(each.data());
    argv.push_back(nullptr);
    std::vector<std::string> variables;
    for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
    std::vector<char*> envp;
    for (std::string& each : variables) envp.push_back(each.data());
    envp.push_back(nullptr);
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(err.data(), O_CLOEXEC) == 0);
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (output_to == Output::closed_pipe) ::close(out[0]);
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(output_to == Output::full_disk ? full : out[1], STDOUT_FILENO);
      ::dup2(err[1], STDERR_FILENO);
      if (output_to == Output::closed) ::close(STDOUT_FILENO);
      if (::chdir(directory.path().c_str()) == 0) ::execve(argv[0], argv.data(), envp.data());
      ::_exit(127);
    }
    ::close(full);
    ::close(out[1]);
    ::close(err[1]);
    out_ = output_to == Output::closed_pipe ? -1 : out[0];
    err_ = err[0];
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    ::close(out_);
    ::close(err_);
  }

  /// Reads the first line of standard output; what follows is not read.
  std::string first_line() {
    std::string line;
    char c = 0;
    while (::read(out_, &c, 1) == 1 && c != '\n') line += c;
    return line;
  }
  void signal(int number) const { ::kill(child_, number); }

  /// Waits for the end; -1 if a signal was it.
  int exit_status() {
    output += read_all(out_);
    errors += read_all(err_);
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string output{};
  std::string errors{};

 private:
  static std::string read_all(int from) {
    std::string text;
    std::array<char, 1024> buffer{};
    for (ssize_t size = 0; (size = ::read(from, buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

  pid_t child_ = 0;
  int out_ = -1;
  int err_ = -1;
};

/// The JSON text of a member, or the characters of a string; empty if there is none.
inline std::string member(const std::string& object, std::string_view name) {
  const auto document = jwks::json::parse_object(object);
  if (!document) return "not JSON: " + object;
  const auto value = document->root().find(name);
  return value ? std::string(value->as_string().value_or(value->text())) : std::string();
}

inline std::uint16_t port_of(const std::string& ready) {
  return static_cast<std::uint16_t>(std::atoi(member(ready, "port").c_str()));
}

inline std::size_t line_count(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace test
