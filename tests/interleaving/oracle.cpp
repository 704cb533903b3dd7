#include "interleaving/oracle.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace interleaving {
namespace {

using jwks::Error;
using jwks::ErrorCategory;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::FetchCause;
using jwks::KeySetState;
using jwks::source::Flight;
using jwks::source::KeysInHand;
using jwks::source::MissStep;
using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kLost{60};
constexpr seconds kProof{120};
constexpr seconds kGap{1};

bool trusted_at_once(KeySetState state) noexcept {
  return state == KeySetState::fresh || state == KeySetState::refresh_due ||
         state == KeySetState::stale;
}

bool has_name(const jwks::JwkSet& set, unsigned kid) {
  return std::ranges::any_of(set.keys(),
                             [&](const jwks::Jwk& key) { return key.key_id() == name_of(kid); });
}

}  // namespace

bool has_key(const KeysInHand& keys, unsigned kid) {
  if (!keys.snapshot) return false;
  return holds(content_of(keys.snapshot->body_hash), kid) ||
         (keys.in_grace && has_name(keys.snapshot->removed, kid));
}

// --- What is so ---

KeySetState Oracle::state(SteadyTime now) const noexcept {
  if (!held_) return KeySetState::empty;
  if (now >= held_->fresh_until) {
    if (now >= held_->stale_until) return KeySetState::expired;
    const bool proven = unreachable_at_ && now - *unreachable_at_ <= kProof;
    return proven || backing_off(now) ? KeySetState::stale : KeySetState::stale_unproven;
  }
  return now >= held_->soft_at ? KeySetState::refresh_due : KeySetState::fresh;
}

bool Oracle::flying(SteadyTime now) const noexcept {
  if (current_ == 0) return false;
  return !taken_up_at_ || now - *taken_up_at_ < kLost;
}

bool Oracle::bucket_admits(SteadyTime now) const noexcept {
  if (!bucket_full_at_ || *bucket_full_at_ <= now) return true;
  const Duration burst = options_.forced_refresh_burst * options_.forced_refresh_interval;
  return *bucket_full_at_ + options_.forced_refresh_interval - now <= burst;
}

bool Oracle::admits(const CallerFacts& caller, SteadyTime now) const noexcept {
  if (offline_ || flying(now) || backing_off(now)) return false;
  if (!trusted_at_once(state(now))) return true;
  const bool too_soon = !caller.saw_an_end && forced_at_ && now - *forced_at_ < kGap;
  return may_ask(caller) && bucket_admits(now) && !too_soon;
}

bool Oracle::in_grace(unsigned kid, SteadyTime now) const noexcept {
  return kid < kKeys && grace_until_[kid] && now < *grace_until_[kid];
}

std::optional<SteadyTime> Oracle::due_at(SteadyTime now) const noexcept {
  if (offline_ || current_ != 0) return std::nullopt;
  SteadyTime due = held_ ? held_->soft_at : now;
  if (backoff_until_) due = std::max(due, *backoff_until_);
  return due;
}

bool Oracle::remembered_as_absent(unsigned kid, SteadyTime now) const noexcept {
  const auto& absent = absent_[kid];
  return absent && held_ && absent->generation == held_->generation && now < absent->until;
}

// --- Events ---

void Oracle::published(Content content) noexcept {
  const Tick now = tick();
  for (unsigned kid = 0; kid < kKeys; ++kid) {
    if (holds(content, kid)) {
      removed_[kid] = 0;
      forbidden_[kid] = false;
    } else if (holds(at_issuer_, kid)) {
      removed_[kid] = now;
    }
  }
  at_issuer_ = content;
}

void Oracle::began(const Flight& flight, SteadyTime now, CallerFacts* by) {
  require(!offline_, "nothing is fetched after the end");
  require(!flying(now), "one flight at a time");
  require(flight.number == newest_ + 1, "flights are numbered one by one");
  require(flight.started_at == now, "a flight knows when it began");
  const bool miss = flight.cause == FetchCause::kid_miss;
  require(flight.forced == (miss || flight.cause == FetchCause::manual),
          "caches are passed by for misses and operators only");
  const KeySetState at = state(now);
  switch (flight.cause) {
    case FetchCause::startup:
      require(at == KeySetState::empty, "a first load happens where nothing is held");
      break;
    case FetchCause::soft:
      require(at == KeySetState::refresh_due, "the soft point has come, the end has not");
      break;
    case FetchCause::stale:
      require(held_ && now >= held_->fresh_until, "only an old set is refreshed as such");
      break;
    case FetchCause::kid_miss:
      require(trusted_at_once(at), "a miss is of keys that may be used");
      require(by != nullptr && may_ask(*by), "misses fetch only if they may");
      require(!knows(*by), "a known key is no miss");
      require(admits(*by, now), "misses fetch no more often than the limits admit");
      require(by->saw_an_end || !remembered_as_absent(by->kid, now),
              "an absent kid is not asked for again soon");
      break;
    case FetchCause::manual:
      break;
  }
  if (flight.cause != FetchCause::manual)
    require(!backing_off(now), "back-off holds for everyone but operators");
  // A thread that slept for minutes may find its flight lost.
  if (by != nullptr && now < by->deadline)
    require(++by->launched <= 2, "one call causes two flights at most");

  newest_ = current_ = flight.number;
  taken_up_at_.reset();
  current_began_ = tick();
  current_began_with_ = held_;
  if (flight.forced) forced_at_ = now;
  if (miss) {
    const SteadyTime full = bucket_full_at_ ? std::max(*bucket_full_at_, now) : now;
    bucket_full_at_ = full + options_.forced_refresh_interval;
  }
}

void Oracle::taken_up(std::uint64_t number, SteadyTime now) noexcept {
  if (number == current_) taken_up_at_ = now;
}

void Oracle::landed(const Landing& landing, bool taken, SteadyTime now) {
  const bool expected = !offline_ && landing.number == current_;
  require(taken == expected, "only the newest flight's result is taken, and always");
  if (!taken) return;
  current_ = 0;
  finished_ = landing.number;
  failed_last_ = !landing.content;
  if (failed_last_) {
    const double ceiling = std::min(60.0, std::exp2(failures_));
    ++failures_;
    const auto delay = duration_cast<Duration>(duration<double>(ceiling * jitter_));
    backoff_until_ = now + std::max(delay, landing.retry_after);
    unreachable_at_ = now;
    return;
  }
  failures_ = 0;
  backoff_until_.reset();
  unreachable_at_.reset();
  last_success_began_ = current_began_;
  SteadyTime validated_at = landing.received_at - landing.age;
  const auto& before = current_began_with_;
  if (before && before->content == *landing.content)
    validated_at = std::max(validated_at, before->validated_at);
  const bool came_between = held_ && (!before || before->number != held_->number);
  if (came_between && validated_at < held_->validated_at) return;
  for (unsigned kid = 0; kid < kKeys; ++kid) {
    const bool removed_before = removed_[kid] != 0 && removed_[kid] < current_began_;
    if (removed_before && !holds(*landing.content, kid)) forbidden_[kid] = true;
  }
  const auto soft = duration_cast<Duration>(
      std::chrono::round<milliseconds>(duration<double>(landing.ttl) * (0.70 + 0.20 * jitter_)));
  const SteadyTime fresh_until = landing.received_at + landing.ttl;
  hold({.content = *landing.content,
        .validated_at = validated_at,
        .soft_at = landing.received_at + soft,
        .fresh_until = fresh_until,
        .stale_until = fresh_until + options_.max_stale},
       now);
}

void Oracle::imported(const jwks::source::Snapshot& snapshot, bool taken, SteadyTime now) {
  const bool expected = !offline_ && (!held_ || snapshot.validated_at > held_->validated_at);
  require(taken == expected, "a set from elsewhere is taken if it is newer");
  if (!taken) return;
  hold({.content = content_of(snapshot.body_hash),
        .validated_at = snapshot.validated_at,
        .soft_at = snapshot.soft_at,
        .fresh_until = snapshot.fresh_until,
        .stale_until = snapshot.stale_until},
       now);
}

void Oracle::hold(Held next, SteadyTime now) noexcept {
  const bool same = held_ && held_->content == next.content;
  next.generation = (held_ ? held_->generation : 0) + (same ? 0 : 1);
  for (unsigned kid = 0; kid < kKeys; ++kid) {
    if (holds(next.content, kid) || next.content == 0)
      grace_until_[kid].reset();
    else if (held_ && holds(held_->content, kid))
      grace_until_[kid] = now + options_.removed_key_grace;
  }
  next.number = held_ ? held_->number + 1 : 1;
  held_ = next;
}

void Oracle::gave_up(SteadyTime now) {
  if (state(now) == KeySetState::stale_unproven) unreachable_at_ = now;
}

// --- Answers ---

void Oracle::used(unsigned kid, const KeysInHand& keys, SteadyTime now) const {
  require(keys.snapshot != nullptr, "who is told to use keys gets some");
  const auto& snapshot = *keys.snapshot;
  if (!holds(content_of(snapshot.body_hash), kid)) {
    require(has_key(keys, kid), "a key is used that is there");
    require(in_grace(kid, now), "a removed key has its grace and no more");
  } else {
    require(!forbidden_[kid], "a removed key is refused once a refresh has shown it");
  }
  require(now < snapshot.stale_until, "keys are not trusted for ever");
  require(trusted_at_once(state(now)), "old keys are used in a proven outage only");
  require(keys.stale == (now >= snapshot.fresh_until), "old keys are called old");
  const auto age = std::chrono::floor<seconds>(now - snapshot.validated_at);
  require(keys.age == std::max(age, seconds(0)), "the age of the keys is told");
}

void Oracle::asks(CallerFacts& caller) noexcept {
  if (caller.came == 0) caller.came = tick();
  caller.sees_an_end = caller.waits_for != 0 && finished_ >= caller.waits_for;
  if (!caller.sees_an_end) return;
  caller.saw_an_end = true;
  caller.waits_for = 0;
}

void Oracle::told_to_wait(CallerFacts& caller, SteadyTime now) const {
  require(flying(now), "who waits, waits for a flight");
  require(!(caller.sees_an_end && failed_last_), "who has seen a failure does not wait on");
  require(!(caller.sees_an_end && trusted_at_once(state(now)) && answered_by_issuer(caller)),
          "who has seen the answer to his own question does not wait on");
  caller.waits_for = newest_;
}

void Oracle::answered(CallerFacts& caller, const MissStep& step, Asked asked, SteadyTime now) {
  require(++caller.answers == 1, "every caller gets one answer");
  require(step.kind != MissStep::Kind::wait, "an answer is no call to wait");
  if (step.kind == MissStep::Kind::use) {
    used(caller.kid, step.keys, now);
    require(step.keys.snapshot->generation != caller.distrusts,
            "who distrusts a set is not told to use it");
    return;
  }
  require(step.error.has_value(), "a refusal says why");
  // Who is turned away doesn't get to see the keys any more; the machine has just looked.
  const bool known = knows(caller) && trusted_at_once(state(now));
  require(!known, "a key that is held and trusted is not refused");
  check_refusal(caller, *step.error, asked, now);
}

void Oracle::check_refusal(const CallerFacts& caller, const Error& error, Asked asked,
                           SteadyTime now) {
  const bool usable = trusted_at_once(state(now));
  const bool late = caller.may_wait && now >= caller.deadline;
  if (error.retry_after())
    require(*error.retry_after() >= seconds(1) && *error.retry_after() <= seconds(300),
            "Retry-After is within bounds");
  switch (error.reason()) {
    case ErrorReason::none:
      require(error.code() == ErrorCode::unknown_key, "a refusal has a reason");
      if (!may_ask(caller) && !(caller.sees_an_end && answered_by_issuer(caller))) return;
      require(usable && !failed_last_, "in an outage nobody knows what is absent");
      require(answered_by_issuer(caller),
              "a kid is absent if a flight that began after the caller came says so");
      absent_[caller.kid] = {held_->generation,
                             now + duration_cast<Duration>(seconds(30) * (0.8 + 0.4 * jitter_))};
      return;
    case ErrorReason::negative:
      require(error.code() == ErrorCode::unknown_key, "negative is a kind of unknown");
      require(usable && remembered_as_absent(caller.kid, now), "only what was absent is negative");
      return;
    case ErrorReason::rate_limited:
      require(error.code() == ErrorCode::unknown_key, "rate_limited is a kind of unknown");
      require(usable && error.retry_after().has_value(), "who is limited learns how long");
      if (asked == Asked::turned_away) return;
      require(!failed_last_, "in an outage nobody knows what is unknown");
      require(!admits(caller, now), "a miss is suppressed only by a limit");
      return;
    case ErrorReason::backing_off:
      require(error.category() == ErrorCategory::unavailable, "back-off is an outage");
      require(failed_last_ && (backing_off(now) || (usable && !admits(caller, now))),
              "nobody is held off without a failure");
      return;
    case ErrorReason::fetch_failed:
      require(error.category() == ErrorCategory::unavailable, "a failure is an outage");
      require(failed_last_ && caller.saw_an_end, "only who waited is told of a failure");
      return;
    case ErrorReason::wait_timeout:
      require(asked == Asked::gave_up && (late || !caller.may_wait), "nobody times out early");
      return;
    case ErrorReason::unproven:
      require(
          asked == Asked::gave_up && !caller.may_wait && state(now) == KeySetState::stale_unproven,
          "only who can't wait is told that the keys are being asked for");
      return;
    case ErrorReason::too_many_waiters:
      require(asked == Asked::turned_away && !usable, "only one too many is turned away");
      return;
    case ErrorReason::never_loaded:
      require(state(now) == KeySetState::empty, "never_loaded means that nothing is held");
      return;
    case ErrorReason::expired:
      require(state(now) == KeySetState::expired, "expired means that the set is too old");
      return;
    case ErrorReason::closed:
      require(offline_, "only what is closed says so");
      return;
    default:
      throw Violation("the refusal has a reason that no rule gives");
  }
}

// --- The machine's view ---

void Oracle::check(const jwks::source::KeySetMachine& machine, SteadyTime now) const {
  require(machine.state(now) == state(now), "the state follows from the events and the time");
  require(machine.newest_flight() == newest_, "no flight begins unseen");
  require(machine.finished_flight() == finished_, "a flight ends once, in order");
  require(machine.flying(now) == flying(now), "it is known whether a flight is under way");
  require(machine.failing() == failed_last_, "it is known how the last flight ended");
  require(machine.consecutive_failures() == failures_, "failures are counted until a success");
  require(machine.offline().has_value() == offline_, "the end is for good");
  require((machine.bucket_tokens(now) > 0) == bucket_admits(now), "the bucket is as full as shown");
  require((machine.held() != nullptr) == held_.has_value(), "a set is never wiped");
  if (!held_) return;
  const auto& shown = *machine.held();
  require(content_of(shown.body_hash) == held_->content &&
              shown.keys.keys().data() == set_of(held_->content).keys().data(),
          "what is held is what was last accepted");
  require(shown.generation == held_->generation, "the generation grows with the content");
  require(shown.validated_at == held_->validated_at, "it is known when the issuer vouched");
  require(shown.soft_at == held_->soft_at && shown.fresh_until == held_->fresh_until &&
              shown.stale_until == held_->stale_until,
          "trust ends when it should");
  for (unsigned kid = 0; kid < kKeys && !shown.removed.keys().empty(); ++kid)
    if (has_name(shown.removed, kid))
      require(grace_until_[kid] && shown.removed_until <= *grace_until_[kid],
              "the grace of a removed key ends when it should");
  const KeysInHand keys = machine.in_hand(now);
  require((keys.snapshot != nullptr) == trusted_at_once(state(now)),
          "in hand is what may be used at once");
  if (current_ == 0)
    require(machine.next_attempt(now) == due_at(now), "it is known when the next attempt is due");
  const auto wakeup = machine.next_wakeup(now);
  if (wakeup && *wakeup <= now)
    require(!flying(now) && !backing_off(now) && now >= held_->soft_at,
            "nobody is woken for nothing");
}

}  // namespace interleaving
