#include "e2e/program.hpp"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>

extern char** environ;

namespace test {
namespace {

struct Closer {
  void operator()(FILE* file) const noexcept { fclose(file); }
};
using File = std::unique_ptr<FILE, Closer>;

// Files instead of pipes: a program that writes much, or reads nothing, can't block us.
File temporary(std::string_view content = {}) {
  File file(tmpfile());
  if (!file || fwrite(content.data(), 1, content.size(), file.get()) != content.size()) {
    throw std::runtime_error("no temporary file");
  }
  rewind(file.get());
  return file;
}

std::string content_of(const File& file) {
  rewind(file.get());
  std::string content;
  char buffer[4096];
  while (const std::size_t size = fread(buffer, 1, sizeof buffer, file.get())) {
    content.append(buffer, size);
  }
  return content;
}

/// Starts a program on these three files.
pid_t spawn(const std::vector<std::string>& command, const File (&files)[3]) {
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int i = 0; i < 3; ++i) {
    posix_spawn_file_actions_adddup2(&actions, fileno(files[i].get()), i);
  }
  // A port of this process would stay open with the program that inherits it.
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("can't start " + command.front());
  return pid;
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& command, std::string_view input) {
  const File files[3] = {temporary(input), temporary(), temporary()};
  const pid_t pid = spawn(command, files);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
  }
  return {.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
          .out = content_of(files[1]),
          .err = content_of(files[2])};
}

BackgroundProgram::BackgroundProgram(const std::vector<std::string>& command) {
  const File files[3] = {temporary(), temporary(), temporary()};
  pid_ = spawn(command, files);
}

BackgroundProgram::~BackgroundProgram() {
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0) {
  }
}

TemporaryFile::TemporaryFile(std::string_view content) {
  const char* const folder = getenv("TMPDIR");
  path_ = std::string(folder != nullptr ? folder : "/tmp") + "/jwks-test-XXXXXX";
  const int descriptor = mkstemp(path_.data());
  if (descriptor < 0) throw std::runtime_error("no temporary file");
  const ssize_t written = write(descriptor, content.data(), content.size());
  close(descriptor);
  if (written != static_cast<ssize_t>(content.size())) throw std::runtime_error("disk full");
}

TemporaryFile::~TemporaryFile() { unlink(path_.c_str()); }

}  // namespace test
