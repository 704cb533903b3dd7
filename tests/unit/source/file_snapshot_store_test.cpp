// Files as a store: private, replaced as a whole, and nothing that others could have written.

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "jwks/snapshot_store.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"
#include "support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;

using jwks::Error;
using jwks::ErrorCode;
using jwks::make_file_snapshot_store;
using jwks::SnapshotStore;
using test::TemporaryDirectory;

constexpr std::string_view kSource = "https://issuer.example https://issuer.example/jwks";
// printf '%s' "$kSource" | sha256sum
constexpr std::string_view kHash =
    "e634d9ef93b046f75947fc120ca27264f68927bdf562c58bd55818c819cb142c";
constexpr std::size_t kMax = std::size_t{300} * 1024;
constexpr uid_t kNobody = 65534;

std::string file_in(const fs::path& directory) {
  return (directory / (std::string(kHash) + ".jwks")).string();
}

std::shared_ptr<SnapshotStore> store_in(const fs::path& directory) {
  return make_file_snapshot_store(directory).value();
}

std::optional<std::string> load(SnapshotStore& store, std::string_view source = kSource) {
  return store.load(source, {}).value();
}

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

void write(const fs::path& path, std::string_view content, mode_t mode = 0600) {
  std::ofstream(path) << content;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

bool mentions(const Error& error, std::string_view text) {
  return error.detail().find(text) != std::string_view::npos;
}

mode_t mode_of(const fs::path& path) {
  struct stat status{};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

/// A process that saves again and again, killed at the end of its life here at the latest.
class Saver {
 public:
  Saver(SnapshotStore& store, const std::string& text) : pid_(::fork()) {
    REQUIRE(pid_ >= 0);
    while (pid_ == 0) static_cast<void>(store.save(kSource, text, {}));
  }
  ~Saver() { kill(); }
  Saver(const Saver&) = delete;
  Saver& operator=(const Saver&) = delete;

  [[nodiscard]] bool stop() const {
    int status = 0;
    return ::kill(pid_, SIGSTOP) == 0 && ::waitpid(pid_, &status, WUNTRACED) == pid_ &&
           WIFSTOPPED(status);
  }
  void go_on() const { ::kill(pid_, SIGCONT); }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_;
};

/// Files can't grow beyond this while it lives: what a full disk looks like to a writer.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

}  // namespace

TEST_CASE("a file store gives back what was last saved for a source") {
  const TemporaryDirectory parent;
  const fs::path directory = parent.path() / "keys";
  const auto store = store_in(directory);
  CHECK(load(*store) == std::nullopt);
  const std::string first("one\0\n\xff", 6);
  REQUIRE(store->save(kSource, first, {}));
  CHECK(load(*store) == first);
  REQUIRE(store->save(kSource, std::string(kMax, 'x'), {}));
  CHECK(load(*store) == std::string(kMax, 'x'));
  REQUIRE(store->save(kSource, "", {}));
  CHECK(load(*store) == "");

  CHECK(load(*store, "https://issuer.example ") == std::nullopt);
  REQUIRE(store->save("https://issuer.example ", "other", {}));
  CHECK(load(*store) == "");
  CHECK(names_in(directory).size() == 2);
  CHECK(fs::exists(file_in(directory)));
  CHECK(load(*store_in(directory)) == "");  // another process
}

TEST_CASE("files and their directory are for their owner only, whatever the umask is") {
  const TemporaryDirectory parent;
  const fs::path directory = parent.path() / "keys";
  const mode_t before = ::umask(0);
  const auto store = store_in(directory);
  const auto saved = store->save(kSource, "text", {});
  ::umask(before);
  REQUIRE(saved);
  CHECK(mode_of(directory) == 0700);
  CHECK(mode_of(file_in(directory)) == 0600);
}

TEST_CASE("a directory that can't be used is refused at once") {
  const TemporaryDirectory parent;
  const auto refused = [](const fs::path& directory, std::string_view why) {
    const auto made = make_file_snapshot_store(directory);
    REQUIRE_FALSE(made);
    CAPTURE(made.error().message());
    CHECK(made.error().code() == ErrorCode::bad_config);
    CHECK(made.error().subject() == "directory");
    CHECK(mentions(made.error(), why));
  };
  refused("", "required");
  refused(std::string("/tmp/a\0b", 8), "NUL");
  refused(parent.path() / "not" / "there", "No such file or directory");
  refused(parent.path() / "caf\xC3\xA9" / "x", "caf\\xc3\\xa9");
  write(parent.path() / "file", "");
  refused(parent.path() / "file", "Not a directory");
  for (const mode_t mode : {0720U, 0702U, 0777U, 01777U}) {
    const fs::path open = parent.path() / ("open" + std::to_string(mode));
    fs::create_directory(open);
    REQUIRE(::chmod(open.c_str(), mode) == 0);
    refused(open, "others can write");
  }
  if (::geteuid() == 0) {
    const fs::path foreign = parent.path() / "foreign";
    fs::create_directory(foreign);
    REQUIRE(::chown(foreign.c_str(), kNobody, kNobody) == 0);
    refused(foreign, "another user");
  } else {
    refused("/", "another user");
  }
}

TEST_CASE("a relative directory stays where it was when the program goes elsewhere") {
  const TemporaryDirectory parent;
  const fs::path before = fs::current_path();
  fs::current_path(parent.path());
  const auto store = store_in("keys");
  fs::current_path(before);
  REQUIRE(store->save(kSource, "text", {}));
  CHECK(load(*store_in(parent.path() / "keys")) == "text");
}

TEST_CASE("a file that others may have made or seen is refused") {
  const TemporaryDirectory directory;
  const auto store = store_in(directory.path());
  const auto refused = [&](std::string_view why) {
    const auto loaded = store->load(kSource, {});
    REQUIRE_FALSE(loaded);
    CAPTURE(loaded.error().message());
    CHECK(loaded.error().reason() == jwks::ErrorReason::snapshot_rejected);
    CHECK(mentions(loaded.error(), why));
    CHECK(mentions(loaded.error(), directory.path().string()));
  };
  const std::string path = file_in(directory.path());
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0666U}) {
    write(path, "text", mode);
    refused("other users");
  }
  write(path, "text");
  CHECK(load(*store) == "text");
  REQUIRE(::truncate(path.c_str(), kMax + 1) == 0);
  refused("too large");
  if (::geteuid() == 0) {
    write(path, "text");
    REQUIRE(::chown(path.c_str(), kNobody, kNobody) == 0);
    refused("another user");
  }
  REQUIRE(store->save(kSource, "healed", {}));
  CHECK(load(*store) == "healed");
}

TEST_CASE("a link, a pipe or a directory in place of the file is no snapshot") {
  const TemporaryDirectory directory;
  const auto store = store_in(directory.path());
  const std::string path = file_in(directory.path());
  const auto reason = [&] {
    const auto loaded = store->load(kSource, {});
    REQUIRE_FALSE(loaded);
    return loaded.error();
  };
  SECTION("link") {
    const fs::path target = directory.path() / "target";
    write(target, "secret");
    fs::create_symlink(target, path);
    CHECK(mentions(reason(), "link"));
    REQUIRE(store->save(kSource, "text", {}));
    CHECK(load(*store) == "text");
    CHECK(fs::file_size(target) == 6);  // what it led to is as it was
  }
  SECTION("link to nowhere") {
    fs::create_symlink(directory.path() / "nowhere", path);
    CHECK(mentions(reason(), "link"));
  }
  SECTION("pipe") {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK(mentions(reason(), "not a regular file"));  // and nobody waited for a writer
    REQUIRE(store->save(kSource, "text", {}));
    CHECK(load(*store) == "text");
  }
  SECTION("directory") {
    fs::create_directory(path);
    CHECK(mentions(reason(), "not a regular file"));
    const auto saved = store->save(kSource, "text", {});
    REQUIRE_FALSE(saved);
    CHECK(mentions(saved.error(), "Is a directory"));
    CHECK(mentions(saved.error(), directory.path().string()));
    CHECK(names_in(directory.path()).size() == 1);
  }
}

TEST_CASE("the path of the directory may be a link, and what it leads to is judged each time") {
  const TemporaryDirectory parent;
  const fs::path target = parent.path() / "target";
  const fs::path link = parent.path() / "link";
  fs::create_directory(target);
  REQUIRE(::chmod(target.c_str(), 0700) == 0);
  fs::create_directory_symlink(target, link);
  const auto store = store_in(link);
  REQUIRE(store->save(kSource, "text", {}));
  CHECK(load(*store_in(target)) == "text");
  REQUIRE(::chmod(target.c_str(), 0777) == 0);
  const auto loaded = store->load(kSource, {});
  REQUIRE_FALSE(loaded);
  CHECK(mentions(loaded.error(), "others can write"));
  CHECK_FALSE(store->save(kSource, "text", {}));
}

TEST_CASE("a save that fails leaves the old file and nothing else") {
  const TemporaryDirectory directory;
  const auto store = store_in(directory.path());
  REQUIRE(store->save(kSource, "old", {}));
  const auto kept = [&](const jwks::Result<void>& saved, std::string_view why) {
    REQUIRE_FALSE(saved);
    CAPTURE(saved.error().message());
    CHECK(mentions(saved.error(), why));
    CHECK(load(*store) == "old");
    CHECK(names_in(directory.path()).size() == 1);
  };
  SECTION("on a full disk") {
    const std::string text(4096, 'x');
    const auto saved = [&] {
      const FullDisk disk(1000);
      return store->save(kSource, text, {});
    }();
    kept(saved, "File too large");
    CHECK(mentions(saved.error(), directory.path().string()));
    CHECK(store->save(kSource, text, {}));
  }
  SECTION("when told to stop") {
    std::stop_source stop;
    stop.request_stop();
    const auto saved = store->save(kSource, "new", stop.get_token());
    REQUIRE_FALSE(saved);
    CHECK(saved.error().reason() == jwks::ErrorReason::closed);
    CHECK(load(*store) == "old");
    CHECK(names_in(directory.path()).size() == 1);
  }
}

TEST_CASE("a directory that takes no files is no place to save") {
  // Ours, and read-only for root as well.
  const auto store = store_in("/proc/self/task");
  CHECK(load(*store) == std::nullopt);
  const auto saved = store->save(kSource, "text", {});
  REQUIRE_FALSE(saved);
  CHECK(mentions(saved.error(), "can't make a file beside"));
  CHECK(mentions(saved.error(), "/proc/self/task"));
}

TEST_CASE("a directory that changes later is noticed") {
  const TemporaryDirectory parent;
  const fs::path directory = parent.path() / "keys";
  const auto store = store_in(directory);
  REQUIRE(store->save(kSource, "text", {}));
  const auto both_fail = [&](std::string_view why) {
    const auto loaded = store->load(kSource, {});
    REQUIRE_FALSE(loaded);
    CHECK(mentions(loaded.error(), why));
    CHECK(mentions(loaded.error(), directory.string()));
    const auto saved = store->save(kSource, "text", {});
    REQUIRE_FALSE(saved);
    CHECK(mentions(saved.error(), why));
  };
  SECTION("opened to others") {
    REQUIRE(::chmod(directory.c_str(), 0770) == 0);
    both_fail("others can write");
  }
  SECTION("removed, and made again") {
    fs::remove_all(directory);
    both_fail("No such file or directory");
    fs::create_directory(directory);
    REQUIRE(::chmod(directory.c_str(), 0700) == 0);
    CHECK(load(*store) == std::nullopt);
    CHECK(store->save(kSource, "text", {}));
  }
}

TEST_CASE("what a crashed process left behind is removed, and nothing else is") {
  const TemporaryDirectory directory;
  const std::string hash(kHash);
  const std::vector<std::string> others = {"notes.tmp", hash + ".tmp", hash + ".jwks",
                                           hash + ".0123456z.tmp", "x" + hash + ".01234567.tmp"};
  for (const std::string& name : others) write(directory.path() / name, "text");
  write(directory.path() / (hash + ".01234567.tmp"), "half a");
  const std::string living = hash + ".89abcdef.tmp";
  write(directory.path() / living, "half a");
  const int writer = ::open((directory.path() / living).c_str(), O_WRONLY | O_CLOEXEC);
  REQUIRE(::flock(writer, LOCK_EX) == 0);

  std::vector<std::string> expected = others;
  expected.push_back(living);
  std::sort(expected.begin(), expected.end());
  const auto store = store_in(directory.path());
  CHECK(names_in(directory.path()) == expected);
  CHECK(store->save(kSource, "new", {}));
  CHECK(load(*store) == "new");
  CHECK(names_in(directory.path()) == expected);

  ::close(writer);
  CHECK(store_in(directory.path()));
  CHECK_FALSE(fs::exists(directory.path() / living));
}

TEST_CASE("a process killed while it saves harms nobody") {
  const TemporaryDirectory directory;
  const auto store = store_in(directory.path());
  REQUIRE(store->save(kSource, "old", {}));
  const std::string text(200'000, 'n');
  for (int round = 0; round < 10; ++round) {
    const std::size_t before = names_in(directory.path()).size();
    Saver saver(*store, text);
    // In the midst of it: there is one more file than before.
    while (names_in(directory.path()).size() <= before) {
    }
    saver.kill();
    const auto loaded = load(*store);
    CHECK((loaded == "old" || loaded == text));
  }
  CHECK(store_in(directory.path()));
  CHECK(names_in(directory.path()).size() == 1);
}

TEST_CASE("a store that is made while another process saves leaves its file alone") {
  const TemporaryDirectory directory;
  const auto store = store_in(directory.path());
  Saver saver(*store, std::string(kMax, 'n'));
  // The file that the other process was writing when it was stopped; empty if it was elsewhere.
  const auto locked_file = [&]() -> fs::path {
    for (const auto& entry : fs::directory_iterator(directory.path())) {
      if (entry.path().extension() != ".tmp") continue;
      const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
      const bool locked = ::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
      ::close(file);
      if (locked) return entry.path();
    }
    return {};
  };
  fs::path found;
  REQUIRE(test::eventually([&] {
    if (!saver.stop()) return false;
    found = locked_file();
    if (found.empty()) saver.go_on();
    return !found.empty();
  }));
  CHECK(store_in(directory.path()));
  CHECK(fs::exists(found));

  saver.kill();
  CHECK(store_in(directory.path()));
  CHECK_FALSE(fs::exists(found));
}

TEST_CASE("while two processes save, readers see one whole snapshot") {
  const TemporaryDirectory directory;
  const auto store = store_in(directory.path());
  const std::string a(200'000, 'a');
  const std::string b(150'000, 'b');
  REQUIRE(store->save(kSource, a, {}));
  std::vector<pid_t> writers;
  for (const std::string* text : {&a, &b}) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      bool good = true;
      for (int i = 0; i < 40; ++i) good = good && store->save(kSource, *text, {}).has_value();
      ::_exit(good ? 0 : 1);
    }
    writers.push_back(child);
  }
  std::size_t torn = 0;
  std::size_t failed = 0;
  while (!writers.empty()) {
    const auto text = load(*store);
    if (text != a && text != b) ++torn;
    int status = 0;
    if (const pid_t ended = ::waitpid(-1, &status, WNOHANG); ended > 0) {
      if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) ++failed;
      std::erase(writers, ended);
    }
  }
  CHECK(torn == 0);
  CHECK(failed == 0);
  CHECK(names_in(directory.path()).size() == 1);
}
