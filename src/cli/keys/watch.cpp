#include "cli/keys/watch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/algorithm_names.hpp"
#include "cli/keys/wakeup.hpp"
#include "cli/terminal.hpp"
#include "jwks/jwks_verifier.hpp"

namespace jwks::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct SeenEvent {
  std::chrono::system_clock::time_point at;
  Event event;
};

/// Takes events from the library's thread to the one that prints.
class EventQueue final : public Observer {
 public:
  explicit EventQueue(Wakeup& wakeup) : wakeup_(wakeup) {}

  void on_event(const Event& event) override {
    {
      const std::lock_guard lock(mutex_);
      // A terminal that was stopped for days must not fill the memory.
      if (events_.size() < kMaxEvents) {
        events_.push_back({std::chrono::system_clock::now(), event});
      }
    }
    wakeup_.notify();
  }

  [[nodiscard]] std::vector<SeenEvent> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
  }

 private:
  static constexpr std::size_t kMaxEvents = 10'000;
  Wakeup& wakeup_;
  std::mutex mutex_;
  std::vector<SeenEvent> events_;
};

std::string joined(const std::vector<std::string>& kids) {
  std::string text;
  for (const std::string& kid : kids) {
    text += (text.empty() ? "" : ", ") + (kid.empty() ? "(no kid)" : kid);
  }
  return text;
}

std::string in_words(milliseconds time) {
  return std::to_string(std::chrono::ceil<seconds>(time).count()) + " s";
}

std::string what_changed(const Event& event, const Colours& colours) {
  std::string text;
  if (!event.added.empty()) text = colours.good("added " + joined(event.added));
  if (!event.removed.empty()) {
    text += (text.empty() ? "" : "; ") + colours.warning("removed " + joined(event.removed));
  }
  return text;
}

std::string what_was_fetched(const Event& event, const Health& health) {
  std::string text = "fetched " + std::to_string(event.keys) + " keys";
  if (event.skipped > 0) text += ", " + std::to_string(event.skipped) + " not used";
  text += " (HTTP " + std::to_string(event.status) + ")";
  if (health.next_attempt_in) text += "; next refresh in " + in_words(*health.next_attempt_in);
  return text;
}

std::string what_failed(const Event& event, const Colours& colours) {
  std::string text = colours.bad("failed: " + (event.error ? event.error->message() : ""));
  if (event.attempt > 1) text += "; " + std::to_string(event.attempt) + " times in a row";
  return text + "; next try in " + in_words(event.next_attempt_in);
}

/// What is said about an event; empty if it does not matter to who watches.
std::string line_of(const Event& event, const Health& health, const Colours& colours) {
  switch (event.kind) {
    case EventKind::fetch_succeeded:
      // The frequent question whether anything is new is answered by silence.
      if (event.cause == FetchCause::manual && !event.changed) return {};
      return what_was_fetched(event, health);
    case EventKind::fetch_failed:
      return what_failed(event, colours);
    case EventKind::keys_changed:
      return what_changed(event, colours);
    case EventKind::key_skipped:
      return colours.warning("not used: " + joined({event.key_id})) + ", " +
             std::string(to_string(event.error ? event.error->reason() : ErrorReason::none));
    case EventKind::state_changed:
      return "state " + std::string(to_string(event.from)) + " -> " +
             colours.heading(to_string(event.to));
    default:
      return {};
  }
}

/// Prints events, and below them on a terminal how things stand.
class Screen {
 public:
  void print(const SeenEvent& seen, const Health& health) {
    const std::string line = line_of(seen.event, health, colours_);
    if (line.empty()) return;
    erase_status();
    std::cout << colours_.faint(utc_text(seen.at)) << "  " << line << '\n';
  }

  void draw_status(const Health& health) {
    if (!has_status_) return;
    erase_status();
    std::string text =
        std::string(to_string(health.state)) + ", " + std::to_string(health.kids.size()) + " keys";
    if (!health.kids.empty()) text += " confirmed " + in_words(health.key_age) + " ago";
    if (health.next_attempt_in) text += ", next refresh in " + in_words(*health.next_attempt_in);
    std::cout << colours_.faint(text);
    drawn_ = true;
  }

  void erase_status() {
    if (std::exchange(drawn_, false)) std::cout << "\r\x1b[K";
  }

  [[nodiscard]] bool has_status() const noexcept { return has_status_; }

 private:
  Colours colours_ = Colours::of_standard_output();
  bool has_status_ = is_terminal(STDOUT_FILENO);
  bool drawn_ = false;
};

/// When to ask the issuer next, for who wants it more often than the library does.
class Questions {
 public:
  explicit Questions(std::optional<seconds> interval) : interval_(interval) {
    if (interval_) next_ = SteadyClock::now() + *interval_;
  }

  void ask(const JwksVerifier& verifier) {
    const SteadyTime now = SteadyClock::now();
    if (!interval_ || now < next_) return;
    next_ = now + *interval_;
    // Only starts it: the outcome comes as an event.
    static_cast<void>(verifier.refresh(milliseconds(0)));
  }

  [[nodiscard]] std::optional<milliseconds> until_next() const {
    if (!interval_) return std::nullopt;
    return std::chrono::ceil<milliseconds>(next_ - SteadyClock::now());
  }

 private:
  std::optional<seconds> interval_;
  SteadyTime next_{};
};

/// How long nothing has to be done unless something happens.
std::optional<milliseconds> idle_time(const Questions& questions, const Screen& screen) {
  const std::optional<milliseconds> limit = questions.until_next();
  if (!screen.has_status()) return limit;
  return std::min(limit.value_or(seconds(1)), milliseconds(seconds(1)));
}

/// Lets what could not be printed, and all that is printed from now on, go nowhere.
void discard_output() {
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0 || ::dup2(nowhere, STDOUT_FILENO) < 0) return;
  ::close(nowhere);
  std::cout.clear();
}

/// Standard output took no more. Who has stopped reading has seen enough; a full disk is a failure.
Status end_of_output(Wakeup& wakeup, int error) {
  wakeup.wait(milliseconds(0));
  if (wakeup.must_end()) {
    discard_output();
    return Status::accepted;
  }
  complain("can't write to standard output: " + std::generic_category().message(error));
  return Status::usage;
}

Status watch(const JwksVerifier& verifier, EventQueue& events, Wakeup& wakeup,
             std::optional<seconds> interval) {
  Screen screen;
  Questions questions(interval);
  while (!wakeup.must_end()) {
    const Health health = verifier.health();
    for (const SeenEvent& seen : events.take()) screen.print(seen, health);
    screen.draw_status(health);
    if (!std::cout.flush()) return end_of_output(wakeup, errno);
    wakeup.wait(idle_time(questions, screen));
    questions.ask(verifier);
  }
  screen.erase_status();
  return Status::accepted;
}

}  // namespace

Status watch_keys(const KeyLocation& location, std::optional<seconds> interval) {
  Wakeup& wakeup = Wakeup::instance();
  const auto events = std::make_shared<EventQueue>(wakeup);
  const auto verifier =
      JwksVerifier::create({.issuer = location.issuer.empty() ? location.jwks_uri : location.issuer,
                            .jwks_uri = location.jwks_uri,
                            .validation = {.allow_any_audience = true, .algorithms = kEveryKeyPair},
                            .http = location.http(),
                            .observer = events});
  if (!verifier) {
    complain(verifier.error());
    return Status::usage;
  }
  return watch(*verifier, *events, wakeup, interval);
}

}  // namespace jwks::cli
