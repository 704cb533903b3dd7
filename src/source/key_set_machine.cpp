#include "source/key_set_machine.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kForcedGap{1};
constexpr seconds kNegativeLifetime{30};
/// How long a failure proves that the issuer can't be reached.
constexpr seconds kProofLifetime{120};

bool in_grace(const Snapshot& snapshot, SteadyTime now) noexcept {
  return now < snapshot.removed_until;
}

bool holds(std::span<const Jwk> keys, std::string_view key_id) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const Jwk& key) { return key.has_key_id() && key.key_id() == key_id; });
}

MissStep refuse(const Error& error) {
  MissStep step;
  step.kind = MissStep::Kind::refuse;
  step.error = error;
  return step;
}

MissStep use(KeysInHand keys) {
  MissStep step;
  step.kind = MissStep::Kind::use;
  step.keys = std::move(keys);
  return step;
}

}  // namespace

bool answers(const JwkSet& keys, const jose::KeyHint& hint) {
  if (!hint.has_key_id)
    return std::any_of(keys.keys().begin(), keys.keys().end(),
                       [&](const Jwk& key) { return key.fits(hint.algorithm); });
  return holds(keys.keys(), hint.key_id) || keys.rejection_of(hint.key_id).has_value();
}

double KeySetMachine::random() const noexcept { return std::clamp(jitter_(), 0.0, 1.0); }

// --- State ---

bool KeySetMachine::lately_unreachable(SteadyTime now) const noexcept {
  return backoff_.active(now) || (unreachable_at_ && now - *unreachable_at_ <= kProofLifetime);
}

KeySetState KeySetMachine::state(SteadyTime now) const noexcept {
  if (!held_) return KeySetState::empty;
  if (now < held_->soft_at) return KeySetState::fresh;
  if (now < held_->fresh_until) return KeySetState::refresh_due;
  if (now >= held_->stale_until) return KeySetState::expired;
  return lately_unreachable(now) ? KeySetState::stale : KeySetState::stale_unproven;
}

KeysInHand KeySetMachine::in_hand(SteadyTime now) const {
  const KeySetState at = state(now);
  if (!usable_at_once(at)) return {};
  return {
      held_, at == KeySetState::stale,
      std::chrono::floor<seconds>(std::max(SteadyClock::duration(0), now - held_->validated_at)),
      in_grace(*held_, now), now};
}

bool KeySetMachine::has_answer(const Inquiry& inquiry, SteadyTime now) const {
  if (inquiry.distrusted == held_->generation) return false;
  return answers(held_->keys, inquiry.hint) ||
         (in_grace(*held_, now) && answers(held_->removed, inquiry.hint));
}

std::optional<std::pair<KeySetState, KeySetState>> KeySetMachine::observe(SteadyTime now) {
  const KeySetState at = state(now);
  if (at == observed_) return std::nullopt;
  return std::pair(std::exchange(observed_, at), at);
}

void KeySetMachine::go_offline(ErrorReason reason) noexcept {
  offline_ = reason;
  flying_ = 0;
}

bool KeySetMachine::import(Snapshot snapshot, SteadyTime now) {
  if (offline_ || (held_ && snapshot.validated_at <= held_->validated_at)) return false;
  hold(std::move(snapshot), now);
  return true;
}

/// Everything that becomes the held set comes through here.
void KeySetMachine::hold(Snapshot next, SteadyTime now) {
  const bool same = held_ && held_->body_hash == next.body_hash;
  next.generation = (held_ ? held_->generation : 0) + (same ? 0 : 1);
  if (held_) keep_removed(next, now);
  if (!same) negative_.clear();
  held_ = std::make_shared<const Snapshot>(std::move(next));
}

/// The keys that `next` lacks live on in its grace, together with those that had theirs before; all
/// of them until the first one's ends, so that nobody has to remember an end per key. An empty set
/// revokes everything: there is no grace from it.
void KeySetMachine::keep_removed(Snapshot& next, SteadyTime now) const {
  if (options_.removed_key_grace <= seconds(0) || next.keys.keys().empty()) return;
  next.removed_until = now + options_.removed_key_grace;
  std::vector<Jwk> removed;
  const auto keep = [&](const JwkSet& keys) {
    for (const Jwk& key : keys.keys()) {
      if (!key.has_key_id() || removed.size() == JwkSet::kMaxKeys) continue;
      if (!answers(next.keys, {.has_key_id = true, .key_id = std::string(key.key_id())}))
        removed.push_back(key);
    }
  };
  if (in_grace(*held_, now)) {
    keep(held_->removed);
    if (!removed.empty()) next.removed_until = std::min(next.removed_until, held_->removed_until);
  }
  keep(held_->keys);
  auto set = JwkSet::of(std::move(removed));
  if (set) next.removed = std::move(set).value();
  if (next.removed.keys().empty()) next.removed_until = {};
}

// --- Flights ---

bool KeySetMachine::flying(SteadyTime now) const noexcept {
  return flying_ != 0 && !(flying_since_ && now - *flying_since_ >= lost_after_);
}

Flight KeySetMachine::begin(FetchCause cause, SteadyTime now) {
  const bool forced = cause == FetchCause::kid_miss || cause == FetchCause::manual;
  Flight flight{.number = newest_ + 1,
                .cause = cause,
                .forced = forced,
                .started_at = now,
                .location = location_,
                .held = held_};
  if (forced) forced_at_ = now;
  flying_ = newest_ = flight.number;
  flying_since_.reset();
  return flight;
}

std::optional<Flight> KeySetMachine::begin_due(SteadyTime now) {
  if (offline_ || flying(now) || backoff_.active(now)) return std::nullopt;
  switch (state(now)) {
    case KeySetState::fresh:
    case KeySetState::static_keys:
      return std::nullopt;
    case KeySetState::empty:
      return begin(FetchCause::startup, now);
    case KeySetState::refresh_due:
      return begin(FetchCause::soft, now);
    case KeySetState::stale_unproven:
    case KeySetState::stale:
    case KeySetState::expired:
      return begin(FetchCause::stale, now);
  }
  return std::nullopt;
}

std::optional<Flight> KeySetMachine::begin_manual(SteadyTime now) {
  if (offline_ || flying(now)) return std::nullopt;
  return begin(FetchCause::manual, now);
}

void KeySetMachine::taken_up(std::uint64_t number, SteadyTime now) noexcept {
  if (number == flying_) flying_since_ = now;
}

bool KeySetMachine::finish(const Flight& flight, FlightResult&& result, SteadyTime now) {
  if (offline_ || flight.number != flying_) return false;
  flying_ = 0;
  finished_ = flight.number;
  if (!result.location.jwks_uri.empty()) location_ = std::move(result.location);
  if (result.error) {
    fail(*result.error, now, result.retry_after.value_or(seconds(0)));
    return true;
  }
  last_error_.reset();
  unreachable_at_.reset();
  backoff_.succeed();
  publish(flight, std::move(result), now);
  return true;
}

void KeySetMachine::crash(std::uint64_t number, SteadyTime now) noexcept {
  if (offline_ || (number != flying_ && number != finished_)) return;
  flying_ = 0;
  finished_ = number;
  fail(Error(ErrorCode::keys_unavailable, ErrorReason::fetch_failed).because("out of memory"), now,
       seconds(0));
}

void KeySetMachine::fail(const Error& error, SteadyTime now, seconds retry_after) noexcept {
  last_error_ = error;
  unreachable_at_ = now;
  backoff_.fail(now, random(), retry_after);
}

void KeySetMachine::publish(const Flight& flight, FlightResult&& result, SteadyTime now) {
  Snapshot next;
  if (result.keys) {
    next.keys = std::move(*result.keys);
    next.document = std::move(result.document);
  } else {
    // What the issuer confirmed is what the flight set out with; an import may have come between.
    next.keys = flight.held->keys;
    next.document = flight.held->document;
    // RFC 9111 §4.3.4: a 304 need not repeat the validators.
    if (result.etag.empty()) result.etag = flight.held->etag;
    if (result.last_modified.empty()) result.last_modified = flight.held->last_modified;
  }
  next.url = location_.jwks_uri;
  next.body_hash = result.body_hash;
  next.etag = std::move(result.etag);
  next.last_modified = std::move(result.last_modified);

  const SteadyClock::duration ttl = result.freshness.ttl;
  const auto soft = std::chrono::round<milliseconds>(
      std::chrono::duration<double>(result.freshness.ttl) * (0.70 + 0.20 * random()));
  next.validated_at = result.received_at - result.freshness.age;
  next.soft_at = result.received_at + soft;
  next.fresh_until = result.received_at + ttl;
  next.stale_until = next.fresh_until + options_.max_stale;
  // The issuer's word does not get older: not by a cache that confirms what is held, nor beside a
  // set that was imported meanwhile.
  if (!result.keys) next.validated_at = std::max(next.validated_at, flight.held->validated_at);
  if (held_ && held_ != flight.held && next.validated_at < held_->validated_at) return;
  hold(std::move(next), now);
}

std::optional<SteadyTime> KeySetMachine::next_attempt(SteadyTime now) const {
  if (offline_ || flying(now)) return std::nullopt;
  const SteadyTime due = held_ ? held_->soft_at : now;
  return backoff_.until() ? std::max(due, *backoff_.until()) : due;
}

std::optional<SteadyTime> KeySetMachine::next_wakeup(SteadyTime now) const {
  if (offline_) return std::nullopt;
  std::optional<SteadyTime> wakeup = next_attempt(now);
  if (flying(now) && flying_since_) wakeup = *flying_since_ + lost_after_;
  if (!held_) return wakeup;
  for (const SteadyTime boundary : {held_->soft_at, held_->fresh_until, held_->stale_until})
    if (boundary > now) wakeup = wakeup ? std::min(*wakeup, boundary) : boundary;
  return wakeup;
}

// --- Misses ---

Miss KeySetMachine::begin_miss(const Inquiry& inquiry) const noexcept {
  const jose::KeyHint& hint = inquiry.hint;
  // Tokens without a kid differ by their algorithm only.
  const char algorithm = static_cast<char>(hint.algorithm);
  SipHashKey key = hash_key_;
  if (!hint.has_key_id) key[0] = ~key[0];
  return {.inquiry = &inquiry,
          .hash = siphash(key, hint.has_key_id ? std::string_view(hint.key_id)
                                               : std::string_view(&algorithm, 1)),
          .newest_before = newest_};
}

MissStep KeySetMachine::next(Miss& miss, SteadyTime now) {
  const bool usable = usable_at_once(state(now));
  if (usable && has_answer(*miss.inquiry, now)) return use(in_hand(now));
  if (offline_) return refuse(Error(ErrorCode::keys_unavailable, *offline_));

  if (miss.joined != 0 && finished_ >= miss.joined) {
    if (last_error_) return refuse(outage(now));
    if (usable && finished_ > miss.newest_before) {
      // The issuer was asked after this caller came, and doesn't have the key.
      const auto lifetime = kNegativeLifetime * (0.8 + 0.4 * random());
      negative_.insert(miss.hash, held_->generation,
                       now + std::chrono::duration_cast<SteadyClock::duration>(lifetime));
      return refuse(Error(ErrorCode::unknown_key));
    }
    miss.joined = 0;
    miss.second_round = true;
  } else if (usable && negative_.contains(miss.hash, held_->generation, now)) {
    return refuse(Error(ErrorCode::unknown_key, ErrorReason::negative));
  }

  const bool admitted = options_.kid_miss_refresh || miss.inquiry->distrusted != 0;
  if (usable && !admitted) return refuse(Error(ErrorCode::unknown_key));
  if (flying(now)) {
    miss.joined = flying_;
    MissStep step;
    step.kind = MissStep::Kind::wait;
    return step;
  }
  if (backoff_.active(now)) return refuse(backing_off(now));
  if (!usable) return launch(miss, held_ ? FetchCause::stale : FetchCause::startup, now);
  if (!miss.second_round && forced_at_ && now - *forced_at_ < kForcedGap)
    return suppress(now, *forced_at_ + kForcedGap - now);
  if (!bucket_.take(now)) return suppress(now, bucket_.until_next(now));
  return launch(miss, FetchCause::kid_miss, now);
}

MissStep KeySetMachine::launch(Miss& miss, FetchCause cause, SteadyTime now) {
  MissStep step;
  step.kind = MissStep::Kind::wait;
  step.launch = begin(cause, now);
  miss.joined = step.launch->number;
  return step;
}

/// No refresh is admitted now. While the newest attempt has failed the token may well be good, and
/// nobody can tell.
MissStep KeySetMachine::suppress(SteadyTime now, SteadyClock::duration delay) const {
  if (last_error_) return refuse(backing_off(now).retry_in(to_retry_after(delay)));
  return refuse(
      Error(ErrorCode::unknown_key, ErrorReason::rate_limited).retry_in(to_retry_after(delay)));
}

MissStep KeySetMachine::give_up(const Miss& miss, SteadyTime now, bool waited) {
  const KeySetState at = state(now);
  if (waited && at == KeySetState::stale_unproven) unreachable_at_ = now;
  if (usable_at_once(state(now)) && has_answer(*miss.inquiry, now)) return use(in_hand(now));
  ErrorReason reason = ErrorReason::wait_timeout;
  if (!waited && at == KeySetState::stale_unproven) reason = ErrorReason::unproven;
  if (!waited && at == KeySetState::empty) reason = ErrorReason::never_loaded;
  if (!waited && at == KeySetState::expired) reason = ErrorReason::expired;
  return refuse(Error(ErrorCode::keys_unavailable, reason).retry_in(seconds(1)));
}

MissStep KeySetMachine::turn_away(SteadyTime now) const {
  if (usable_at_once(state(now)))
    return refuse(Error(ErrorCode::unknown_key, ErrorReason::rate_limited).retry_in(seconds(1)));
  return refuse(
      Error(ErrorCode::keys_unavailable, ErrorReason::too_many_waiters).retry_in(seconds(1)));
}

Error KeySetMachine::unavailable(ErrorReason reason, SteadyTime now) const {
  if (state(now) == KeySetState::expired) reason = ErrorReason::expired;
  if (offline_) reason = *offline_;
  Error error(ErrorCode::keys_unavailable, reason);
  if (last_error_) error.about(last_error_->subject()).because(last_error_->detail());
  if (backoff_.until()) error.retry_in(to_retry_after(*backoff_.until() - now));
  return error;
}

Error KeySetMachine::outage(SteadyTime now) const {
  return unavailable(last_error_ ? last_error_->reason() : ErrorReason::never_loaded, now);
}

Error KeySetMachine::backing_off(SteadyTime now) const {
  return unavailable(ErrorReason::backing_off, now);
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
