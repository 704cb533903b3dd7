// `FileSnapshotStore`: one file per source in a directory of ours.
//
// A file is written under another name, brought to the disk, and then given its name: a reader sees
// the old one or the new one, whatever happens in between. The directory is opened and checked anew
// at each call, and everything in it is reached through that descriptor, so that nobody can
// exchange it between a check and a use.
//
// A process that dies while it saves leaves its temporary file behind. Names are random, so that it
// is in nobody's way, and whoever makes a store of this directory removes it: a live writer holds a
// lock on its file. (One that is removed in the instant before it is locked can't be renamed: that
// save fails, and the next one makes up for it.)

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <random>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "jwks/snapshot_store.hpp"
#include "source/snapshot_codec.hpp"

namespace jwks {
inline namespace v0 {

SnapshotStore::~SnapshotStore() = default;

namespace source {
namespace {

constexpr std::string_view kSuffix = ".jwks";
constexpr std::string_view kTemporarySuffix = ".tmp";
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kRandomDigits = 8;

/// The path goes last: a long one may be cut.
std::string why(std::string_view what, const std::string& path, int error) {
  return std::string(what)
      .append(": ")
      .append(std::generic_category().message(error))
      .append(": ")
      .append(path);
}

Error failed(std::string_view what, const std::string& path, int error) {
  return Error(ErrorCode::keys_unavailable).because(why(what, path, error));
}

Error refused(std::string_view what, const std::string& path) {
  return snapshot_rejected(std::string(what).append(": ").append(path));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

/// Makes a system call again for as long as signals interrupt it.
template <class Call>
auto uninterrupted(Call call) noexcept {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

bool write_all(int file, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const auto written = uninterrupted([&] { return ::write(file, bytes.data(), bytes.size()); });
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// Reads at most `limit` bytes. Returns false, with the reason in errno, if that fails.
bool read_all(int file, std::size_t limit, std::string& out) {
  out.resize(limit);
  std::size_t size = 0;
  while (size < limit) {
    const auto got = uninterrupted([&] { return ::read(file, out.data() + size, limit - size); });
    if (got < 0) return false;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  out.resize(size);
  return true;
}

/// Opens the directory if it is one that only we can write to. *Failure:* `fault` with the reason.
Result<Descriptor> open_directory(const std::string& path, Error fault) {
  Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status{};
  if (!directory || ::fstat(directory.get(), &status) != 0)
    return fault.because(why("can't open the directory", path, errno));
  if (status.st_uid != ::geteuid())
    return fault.because("the directory is of another user: " + path);
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fault.because("others can write to the directory: " + path);
  return directory;
}

/// What forbids to believe in a file; empty if nothing does.
std::string_view fault_of(const struct stat& status) noexcept {
  if (!S_ISREG(status.st_mode)) return "it is not a regular file";
  if (status.st_uid != ::geteuid()) return "it is of another user";
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) return "it is open to other users";
  if (status.st_size > static_cast<off_t>(StoredSnapshot::kMaxBytes)) return "it is too large";
  return {};
}

bool is_hex(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), &text::is_hex_digit);
}

// Files are named <hash>.jwks, and <hash>.<random>.tmp while they are written.

std::string temporary_name(std::string_view hash) {
  std::random_device device;
  std::string name(hash);
  name.push_back('.');
  for (std::size_t i = 0; i < kRandomDigits; ++i) name.push_back("0123456789abcdef"[device() & 15]);
  return name.append(kTemporarySuffix);
}

bool is_temporary_name(std::string_view name) noexcept {
  return name.size() == kHashDigits + 1 + kRandomDigits + kTemporarySuffix.size() &&
         is_hex(name.substr(0, kHashDigits)) && name[kHashDigits] == '.' &&
         is_hex(name.substr(kHashDigits + 1, kRandomDigits)) && name.ends_with(kTemporarySuffix);
}

/// Best effort: what can't be removed is in nobody's way.
void remove_leftovers(const Descriptor& directory, const std::string& path) {
  std::error_code error;
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!is_temporary_name(name)) continue;
    const Descriptor file(
        ::openat(directory.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0)
      ::unlinkat(directory.get(), name.c_str(), 0);
  }
}

/// A new file with a name for the time being, removed again unless it got its own.
class TemporaryFile {
 public:
  TemporaryFile(const Descriptor& directory, std::string name)
      : directory_(directory),
        name_(std::move(name)),
        file_(::openat(directory.get(), name_.c_str(),
                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR)) {
    if (file_) ::flock(file_.get(), LOCK_EX | LOCK_NB);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (file_ && !renamed_) ::unlinkat(directory_.get(), name_.c_str(), 0);
  }

  explicit operator bool() const noexcept { return static_cast<bool>(file_); }
  [[nodiscard]] bool write(std::string_view bytes) const noexcept {
    return write_all(file_.get(), bytes) &&
           uninterrupted([this] { return ::fsync(file_.get()); }) == 0;
  }
  [[nodiscard]] bool rename(const std::string& name) noexcept {
    renamed_ = ::renameat(directory_.get(), name_.c_str(), directory_.get(), name.c_str()) == 0;
    return renamed_;
  }

 private:
  const Descriptor& directory_;
  const std::string name_;
  const Descriptor file_;
  bool renamed_ = false;
};

class FileSnapshotStore final : public SnapshotStore {
 public:
  explicit FileSnapshotStore(std::string directory) : directory_(std::move(directory)) {}

  Result<std::optional<std::string>> load(std::string_view source, std::stop_token) override {
    const auto hash = crypto::sha256(source);
    if (!hash) return snapshot_rejected("SHA-256 failed");
    const std::string name = to_hex(*hash).append(kSuffix);
    const std::string path = directory_ + "/" + name;
    const auto directory = open_directory(directory_, Error(ErrorCode::keys_unavailable));
    if (!directory) return directory.error();

    const Descriptor file(
        ::openat(directory->get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && errno == ENOENT) return std::optional<std::string>();
    if (!file && errno == ELOOP) return refused("it is a link", path);
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0) return failed("can't open", path, errno);
    if (const auto fault = fault_of(status); !fault.empty()) return refused(fault, path);
    std::string text;
    // One byte more than is allowed: what has grown since is told from what fits.
    if (!read_all(file.get(), StoredSnapshot::kMaxBytes + 1, text))
      return failed("can't read", path, errno);
    return std::optional<std::string>(std::move(text));
  }

  Result<void> save(std::string_view source, std::string_view snapshot,
                    std::stop_token stop) override {
    const auto hash = crypto::sha256(source);
    if (!hash) return snapshot_rejected("SHA-256 failed");
    const std::string digits = to_hex(*hash);
    const std::string name = digits + std::string(kSuffix);
    const std::string path = directory_ + "/" + name;
    const auto directory = open_directory(directory_, Error(ErrorCode::keys_unavailable));
    if (!directory) return directory.error();

    TemporaryFile file(*directory, temporary_name(digits));
    if (!file) return failed("can't make a file beside", path, errno);
    if (!file.write(snapshot)) return failed("can't write", path, errno);
    if (stop.stop_requested()) return Error(ErrorCode::keys_unavailable, ErrorReason::closed);
    if (!file.rename(name)) return failed("can't replace", path, errno);
    // Some file systems can't do this for directories, and say so.
    if (uninterrupted([&] { return ::fsync(directory->get()); }) != 0 && errno != EINVAL)
      return failed("can't bring to the disk", path, errno);
    return {};
  }

 private:
  const std::string directory_;
};

}  // namespace
}  // namespace source

Result<std::shared_ptr<SnapshotStore>> make_file_snapshot_store(std::filesystem::path directory) {
  const Error fault = Error(ErrorCode::bad_config).about("directory");
  const auto refused = [&](std::string_view why) { return Error(fault).because(why); };
  if (directory.empty()) return refused("it is required");
  if (directory.native().find('\0') != std::string::npos) return refused("it holds a NUL byte");
  std::error_code error;
  // The program may change its working directory later.
  directory = std::filesystem::absolute(directory, error);
  if (error) return refused("the working directory is gone");
  const std::string& path = directory.native();
  if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return refused(source::why("can't make the directory", path, errno));
  const auto opened = source::open_directory(path, fault);
  if (!opened) return opened.error();
  source::remove_leftovers(*opened, path);
  return std::shared_ptr<SnapshotStore>(std::make_shared<source::FileSnapshotStore>(path));
}

}  // namespace v0
}  // namespace jwks
