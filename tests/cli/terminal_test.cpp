// What a terminal gets to see and a file does not: progress, and tables with colours.

#include "cli/terminal.hpp"

#include <sstream>
#include <string>

#include "cli/progress.hpp"
#include "cli/table.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/fake_clock.hpp"

namespace {

using namespace jwks::cli;
using std::chrono::milliseconds;
using test::FakeClock;

struct Screen {
  std::ostringstream text{};
  std::shared_ptr<FakeClock> clock =
      std::make_shared<FakeClock>(std::chrono::system_clock::time_point());

  ProgressOutput output() { return {&text, clock}; }
  /// What was drawn since the last call.
  std::string take() {
    std::string drawn = text.str();
    text.str({});
    return drawn;
  }
};

TEST_CASE("progress is shown after a second, a few times a second, and erased at the end") {
  Screen screen;
  {
    Progress progress("tokens", 5000, screen.output());
    progress.update(1);
    screen.clock->advance(milliseconds(999));
    progress.update(900);
    CHECK(screen.take().empty());
    screen.clock->advance(milliseconds(1));
    progress.update(1000);
    CHECK(screen.take() == "\r\x1b[K1000 of 5000 tokens, 1000 per second");
    screen.clock->advance(milliseconds(199));
    progress.update(1100);
    CHECK(screen.take().empty());
    screen.clock->advance(milliseconds(801));
    progress.update(3000);
    CHECK(screen.take() == "\r\x1b[K3000 of 5000 tokens, 1500 per second");
  }
  CHECK(screen.take() == "\r\x1b[K");
}

TEST_CASE("progress without a total counts, and what is quick shows nothing") {
  Screen screen;
  {
    Progress progress("tokens", 0, screen.output());
    progress.update(10);
  }
  CHECK(screen.take().empty());
  Progress progress("tokens", 0, screen.output());
  screen.clock->advance(std::chrono::seconds(2));
  progress.update(10);
  CHECK(screen.take() == "\r\x1b[K10 tokens, 5 per second");
}

TEST_CASE("progress without a terminal is shown nowhere") {
  const auto clock = std::make_shared<FakeClock>(std::chrono::system_clock::time_point());
  Progress progress("tokens", 0, {nullptr, clock});
  clock->advance(std::chrono::seconds(5));
  progress.update(10);
  const Waiting waiting("waiting", {nullptr, clock});
  SUCCEED("nothing was written through a null pointer");
}

/// A stream that another thread may read meanwhile.
class SharedText final : public std::streambuf {
 public:
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::streamsize xsputn(const char* bytes, std::streamsize size) override {
    const std::lock_guard lock(mutex_);
    text_.append(bytes, static_cast<std::size_t>(size));
    return size;
  }
  int overflow(int byte) override {
    const char c = static_cast<char>(byte);
    xsputn(&c, 1);
    return byte;
  }
  std::mutex mutex_;
  std::string text_;
};

TEST_CASE("who waits sees for how long, and nothing of it afterwards") {
  const auto clock = std::make_shared<FakeClock>(std::chrono::system_clock::time_point());
  SharedText text;
  std::ostream stream(&text);
  {
    const Waiting waiting("waiting for the issuer", {&stream, clock});
    // The clock is moved until the other thread has looked at it.
    CHECK(test::eventually([&] {
      clock->advance(milliseconds(100));
      return text.text().find("waiting for the issuer, ") != std::string::npos;
    }));
  }
  CHECK(text.text().starts_with("\r\x1b[Kwaiting for the issuer, "));
  CHECK(text.text().ends_with(" s\r\x1b[K"));
  {
    const Waiting waiting("something quick", {&stream, clock});
  }
  CHECK(text.text().find("quick") == std::string::npos);
}

TEST_CASE("a table's columns are as wide as their text, whatever marks it") {
  const Colours colours(true);
  Table table;
  table.add_row({{"kid"}, {"state"}, {"why"}});
  table.add_row({{"a-long-kid"}, {"", {}}, {"x"}});
  table.add_row({{"b"}, {"good", [&colours](auto text) { return colours.good(text); }}, {""}});
  std::ostringstream out;
  table.print(out);
  CHECK(out.str() ==
        "kid         state  why\n"
        "a-long-kid  -      x\n"
        "b           \x1b[32mgood\x1b[0m   -\n");
}

TEST_CASE("without colours a text stays as it is") {
  const Colours none(false);
  CHECK(none.good("a") + none.bad("b") + none.warning("c") + none.heading("d") + none.faint("e") ==
        "abcde");
  CHECK(Colours(true).bad("b") == "\x1b[31mb\x1b[0m");
}

TEST_CASE("times are shown in UTC") {
  using std::chrono::sys_seconds;
  CHECK(utc_text(sys_seconds(std::chrono::seconds(0))) == "1970-01-01T00:00:00Z");
  CHECK(utc_text(sys_seconds(std::chrono::seconds(1'300'819'380))) == "2011-03-22T18:43:00Z");
}

}  // namespace
