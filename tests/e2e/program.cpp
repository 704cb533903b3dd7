#include "e2e/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>

#include "support/eventually.hpp"

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

/// Without moving the place at which the program, whose file it is too, goes on writing.
std::string content_of(const File& file) {
  std::string content;
  char buffer[4096];
  for (;;) {
    const ssize_t size =
        pread(fileno(file.get()), buffer, sizeof buffer, static_cast<off_t>(content.size()));
    if (size <= 0) return content;
    content.append(buffer, static_cast<std::size_t>(size));
  }
}

/// Starts a program on these three descriptors.
pid_t spawn(const std::vector<std::string>& command, const int (&descriptors)[3]) {
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int i = 0; i < 3; ++i) {
    posix_spawn_file_actions_adddup2(&actions, descriptors[i], i);
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
  const pid_t pid =
      spawn(command, {fileno(files[0].get()), fileno(files[1].get()), fileno(files[2].get())});
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
  }
  return {.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
          .out = content_of(files[1]),
          .err = content_of(files[2])};
}

struct BackgroundProgram::Outputs {
  // Of a terminal, `out` is our end of it, and `seen` what has come out of it.
  File out;
  File err{};
  std::string seen{};
};

BackgroundProgram::BackgroundProgram(const std::vector<std::string>& command, Reader reader) {
  const File input = temporary();
  if (reader == Reader::file) {
    outputs_ = std::make_unique<Outputs>(Outputs{temporary(), temporary()});
    pid_ = spawn(command,
                 {fileno(input.get()), fileno(outputs_->out.get()), fileno(outputs_->err.get())});
    return;
  }
  const int ours = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (ours < 0 || grantpt(ours) != 0 || unlockpt(ours) != 0) {
    throw std::runtime_error("no terminal");
  }
  outputs_ = std::make_unique<Outputs>(Outputs{File(fdopen(ours, "r+"))});
  const File theirs(fopen(ptsname(ours), "r+e"));
  if (!outputs_->out || !theirs) throw std::runtime_error("no terminal");
  const winsize size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  ioctl(ours, TIOCSWINSZ, &size);
  const int descriptor = fileno(theirs.get());
  pid_ = spawn(command, {fileno(input.get()), descriptor, descriptor});
}

BackgroundProgram::~BackgroundProgram() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0) {
  }
}

std::string BackgroundProgram::out() {
  if (outputs_->err) return content_of(outputs_->out);
  char buffer[4096];
  for (;;) {  // until there is nothing to read now, or the other end is closed
    const ssize_t size = read(fileno(outputs_->out.get()), buffer, sizeof buffer);
    if (size <= 0) return outputs_->seen;
    outputs_->seen.append(buffer, static_cast<std::size_t>(size));
  }
}

std::string BackgroundProgram::err() {
  return outputs_->err ? content_of(outputs_->err) : std::string();
}

bool BackgroundProgram::prints(std::string_view text) {
  return eventually([this, text] { return out().find(text) != std::string::npos; });
}

void BackgroundProgram::send(int signal) {
  if (pid_ != 0) kill(pid_, signal);
}

int BackgroundProgram::wait() {
  int status = 0;
  const bool ended = eventually([this, &status] { return waitpid(pid_, &status, WNOHANG) != 0; });
  if (!ended) return -1;
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
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
