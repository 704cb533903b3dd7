#include "cli/key/key_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "cli/terminal.hpp"

namespace jwks::cli {
namespace {

Result<std::string> text_of(const LoadedKey& key, const KeyOutput& output) {
  const bool with_private = key.signing_key && !output.public_only;
  if (output.format == KeyFormat::pem) {
    return with_private ? key.signing_key->private_pem() : key.key.to_pem();
  }
  auto jwk = with_private ? key.signing_key->private_jwk() : key.key.to_json();
  if (!jwk) return jwk.error();
  return ascii_json(*jwk) + '\n';
}

class Descriptor {
 public:
  explicit Descriptor(int value) noexcept : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] bool is_open() const noexcept { return value_ >= 0; }

  /// Writes everything to the disk and closes. Returns false, with errno, if something fails.
  [[nodiscard]] bool finish(std::string_view content) {
    while (!content.empty()) {
      const ssize_t written = ::write(value_, content.data(), content.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      content.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(value_) == 0 && ::close(std::exchange(value_, -1)) == 0;
  }

 private:
  int value_;
};

/// A signal that would end the program waits while this object lives: a key that is half way into
/// its place is not left behind.
class SignalsWait {
 public:
  SignalsWait() noexcept {
    sigset_t ending;
    sigemptyset(&ending);
    for (const int each : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ending, each);
    pthread_sigmask(SIG_BLOCK, &ending, &before_);
  }
  ~SignalsWait() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsWait(const SignalsWait&) = delete;
  SignalsWait& operator=(const SignalsWait&) = delete;

 private:
  sigset_t before_{};
};

Status cannot_write(const std::string& path, int error) {
  complain("can't write " + text::escape(path) + ": " + std::generic_category().message(error));
  return Status::usage;
}

/// Never a device, a folder or what a symbolic link leads to.
bool may_be_replaced(const std::string& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) != 0 || S_ISREG(found.st_mode);
}

mode_t permissions(bool is_private) { return is_private ? 0600 : 0644; }

/// -1, with errno, if there is such a file already, or something else fails.
int open_new(const std::string& path, bool is_private) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions(is_private));
}

/// The same under a name that is free, which `path` becomes.
int open_beside(std::string& path, bool is_private) {
  path += ".XXXXXX";
  const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0 || is_private) return descriptor;  // its own permissions are 0600
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (::fchmod(descriptor, permissions(is_private) & ~mask) == 0) return descriptor;
  const int error = errno;
  ::unlink(path.c_str());
  ::close(descriptor);
  errno = error;
  return -1;
}

/// Who has the old file open must not see the new content: it is a new file in any case, and takes
/// the place of the old one when it is complete.
Status write_file(const std::string& content, const KeyOutput& output, bool is_private) {
  if (output.overwrite && !may_be_replaced(output.path)) {
    complain(text::escape(output.path) + " is no regular file: it is not replaced");
    return Status::usage;
  }
  const SignalsWait signals_wait;
  std::string fresh = output.path;
  Descriptor file(output.overwrite ? open_beside(fresh, is_private) : open_new(fresh, is_private));
  if (!file.is_open() && errno == EEXIST) {
    complain(text::escape(fresh) + " exists; --force replaces it");
    return Status::usage;
  }
  if (!file.is_open()) return cannot_write(fresh, errno);
  if (!file.finish(content) ||
      (output.overwrite && std::rename(fresh.c_str(), output.path.c_str()) != 0)) {
    const int error = errno;
    ::unlink(fresh.c_str());
    return cannot_write(output.path, error);
  }
  return Status::accepted;
}

}  // namespace

Status write_key(const LoadedKey& key, const KeyOutput& output) {
  const auto content = text_of(key, output);
  if (!content) {
    complain(content.error());
    return Status::usage;
  }
  if (output.path != "-") {
    return write_file(*content, output, key.signing_key && !output.public_only);
  }
  std::cout << *content;
  return Status::accepted;
}

}  // namespace jwks::cli
