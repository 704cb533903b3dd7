#include "source/key_source.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "source/events.hpp"
#include "source/outbox.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

using std::chrono::milliseconds;

/// What a flight may take beyond its transfers: for the snapshot store, and for a busy machine.
constexpr std::chrono::seconds kSlack{50};

/// The steady clock's now plus `limit`, without overflow.
SteadyTime after(SteadyTime now, milliseconds limit) noexcept {
  return now + std::clamp<milliseconds>(limit, milliseconds(0), std::chrono::hours(24 * 365));
}

}  // namespace

// --- Life ---

std::shared_ptr<KeySource> KeySource::start(SourceOptions options) {
  Scheduler::prepare_process();
  const std::shared_ptr<KeySource> source(new KeySource(std::move(options)));
  register_for_fork(*source);
  if (source->settings_.cache.background_refresh) source->on_timer();
  return source;
}

KeySource::KeySource(SourceOptions options)
    : name_(std::move(options.name)),
      jwks_uri_(std::move(options.jwks_uri)),
      settings_(std::move(options.flight)),
      observer_(std::move(options.observer)),
      store_(std::move(options.store)),
      executor_(std::move(options.executor)),
      events_dropped_(std::make_shared<std::atomic<std::uint64_t>>(0)),
      machine_(settings_.cache, {.jwks_uri = jwks_uri_}, settings_.jitter, random_hash_key(),
               longest_flight(settings_) + kSlack) {}

KeySource::~KeySource() { unregister_for_fork(*this); }

void KeySource::close() noexcept {
  Outbox outbox(*this);
  Served served;
  {
    const std::lock_guard lock(sync_.mutex);
    // A forked child has inherited neither the waiters nor the transfer.
    if (machine_.offline() == ErrorReason::forked) return;
    machine_.go_offline(ErrorReason::closed);
    ++changes_;
    served = serve(Whom::all, now(), outbox);
  }
  sync_.changed.notify_all();
  Scheduler::instance().disarm(*this);
  stop_.request_stop();
  dismiss(std::move(served));
}

// --- Reading ---

KeysInHand KeySource::keys_now() {
  const SteadyTime before = now();
  if (SnapshotPtr held = published_.read(); held && before < held->soft_at) {
    const auto age = std::max(SteadyClock::duration(0), before - held->validated_at);
    const bool in_grace = before < held->removed_until;
    return {std::move(held), false, std::chrono::floor<std::chrono::seconds>(age), in_grace,
            before};
  }
  Outbox outbox(*this);
  std::optional<Flight> due;
  KeysInHand keys;
  {
    const std::lock_guard lock(sync_.mutex);
    const SteadyTime at = now();  // anew: who waited for the lock must not turn time back
    outbox.add_state_change(at);
    keys = machine_.in_hand(at);
    // Where nothing may be used yet, only a token that could pass causes a fetch: see keys_for.
    if (keys.snapshot) due = machine_.begin_due(at);
    outbox.add_stale_use(keys);
  }
  if (due) launch(*due);
  return keys;
}

Result<KeysInHand> KeySource::keys_for(const Inquiry& inquiry, Wait wait) {
  const bool may_wait = wait == Wait::allowed && settings_.cache.caller_wait > milliseconds(0);
  Outbox outbox(*this);
  std::unique_lock lock(sync_.mutex);
  SteadyTime at = now();
  const SteadyTime deadline = at + settings_.cache.caller_wait;
  // Under the lock: whoever is counted takes part in the flight under way.
  counters_.count_miss();
  Miss miss = machine_.begin_miss(inquiry);
  for (;;) {
    MissStep step = ask(lock, miss, at);
    if (step.kind == MissStep::Kind::wait) {
      if (!may_wait) {
        step = wait == Wait::never && usable_at_once(machine_.state(at))
                   ? machine_.turn_away(at)
                   : machine_.give_up(miss, at, /*waited=*/false);
      } else if (*waiters_ >= settings_.cache.max_waiters) {
        step = machine_.turn_away(at);
      } else {
        const bool changed = await_change(lock, deadline);
        at = now();
        if (changed) continue;
        step = machine_.give_up(miss, at, /*waited=*/true);
        outbox.add({.kind = EventKind::wait_timed_out});
      }
    }
    return answer(std::move(step), at, inquiry.hint, outbox);
  }
}

MissStep KeySource::ask(std::unique_lock<std::mutex>& lock, Miss& miss, SteadyTime& at) {
  for (;;) {
    MissStep step = machine_.next(miss, at);
    if (!step.launch) return step;
    lock.unlock();
    launch(*step.launch);
    lock.lock();  // much may have happened meanwhile: ask again
    at = now();
  }
}

Result<KeysInHand> KeySource::answer(MissStep&& step, SteadyTime at, const jose::KeyHint& hint,
                                     Outbox& outbox) {
  counters_.count_miss_outcome(step.error);
  outbox.add_state_change(at);
  if (step.kind == MissStep::Kind::use) {
    outbox.add_stale_use(step.keys);
    return std::move(step.keys);
  }
  outbox.add_suppressed(*step.error, hint.key_id);
  return *step.error;
}

bool KeySource::await_change(std::unique_lock<std::mutex>& lock, SteadyTime deadline) {
  const Seat waiting(waiters_);
  const std::uint64_t seen = changes_;
  while (changes_ == seen) {
    if (now() >= deadline) return false;
    settings_.clock->wait_until(sync_.changed, lock, deadline);
  }
  return true;
}

Result<void> KeySource::warm_up(milliseconds limit, bool fail_fast) {
  const SteadyTime deadline = after(now(), limit);
  std::unique_lock lock(sync_.mutex);
  for (;;) {
    const SteadyTime at = now();
    if (usable_at_once(machine_.state(at))) return {};
    if (machine_.offline() || (at >= deadline && machine_.failing())) return machine_.outage(at);
    if (at >= deadline) return Error(ErrorCode::keys_unavailable, ErrorReason::wait_timeout);
    if (auto due = machine_.begin_due(at)) {
      lock.unlock();
      launch(*due);
      lock.lock();
      continue;
    }
    // An attempt that failed before the call and forbids another one now counts as well.
    if (fail_fast && machine_.failing() && !machine_.flying(at)) return machine_.outage(at);
    const auto next = machine_.next_attempt(at);
    settings_.clock->wait_until(sync_.changed, lock, next ? std::min(*next, deadline) : deadline);
  }
}

Result<void> KeySource::refresh(milliseconds limit) {
  const SteadyTime deadline = after(now(), limit);
  std::unique_lock lock(sync_.mutex);
  const std::uint64_t newest_before = machine_.newest_flight();
  for (;;) {
    if (machine_.offline()) return machine_.outage(now());
    if (machine_.finished_flight() > newest_before) {
      if (machine_.failing()) return machine_.outage(now());
      return {};
    }
    if (auto flight = machine_.begin_manual(now())) {
      lock.unlock();
      launch(*flight);
      lock.lock();
      continue;
    }
    if (!await_change(lock, deadline))
      return Error(ErrorCode::keys_unavailable, ErrorReason::wait_timeout);
  }
}

void KeySource::report_recovery(std::string_view key_id) {
  Outbox(*this).add({.kind = EventKind::rotation_recovered, .key_id = text::escape(key_id, 64)});
}

// --- Flights ---

void KeySource::launch(const Flight& flight) noexcept {
  Outbox(*this).add({.kind = EventKind::fetch_started, .cause = flight.cause});
  if (post(flight)) return;
  FlightResult result;
  result.error = Error(ErrorCode::keys_unavailable, ErrorReason::fetch_failed)
                     .because("no thread could be started");
  land(flight, std::move(result));
}

bool KeySource::post(const Flight& flight) noexcept {
  Lane lane = flight.forced ? Lane::urgent : Lane::normal;
  unsigned failures = 0;
  {
    const std::lock_guard lock(sync_.mutex);
    failures = machine_.consecutive_failures();
    if (!machine_.held()) lane = Lane::unproven;
    if (failures >= 2) lane = Lane::failing;  // one may be an accident
  }
  try {
    return Scheduler::instance().post(
        {.run = [self = shared_from_this(),
                 flight = Flight(flight)]() mutable { self->run(flight); },
         .stop = stop_,
         .lane = lane,
         .place = name_ + " " + jwks_uri_,
         .failures = failures,
         .awaited = flight.forced,  // by a caller, or an operator
         .waiters = waiters_});
  } catch (...) {
    return false;  // out of memory
  }
}

void KeySource::run(Flight& flight) noexcept {
  {
    const std::lock_guard lock(sync_.mutex);
    if (machine_.offline()) return;
    machine_.taken_up(flight.number, now());
    rearm();  // should this thread get lost
  }
  if (store_ && !store_read_.exchange(true)) {
    load_stored();
    flight.held = published_.read();  // the same document need not be read twice
  }
  FlightResult result;
  try {
    result = fly(flight, settings_, stop_.get_token());
  } catch (...) {
    result.error =
        Error(ErrorCode::keys_unavailable, ErrorReason::fetch_failed).because("out of memory");
  }
  const bool confirmed = !result.error;
  counters_.count_requests(result.requests, result.discovery_requests);
  if (land(flight, std::move(result)) && store_ && confirmed) post_save();
}

/// As a job of its own: while a store hangs the issuer is asked all the same.
void KeySource::post_save() noexcept {
  try {
    if (Scheduler::instance().post({.run = [self = shared_from_this()] { self->save_stored(); },
                                    .stop = saving_stop_,
                                    .lane = Lane::unproven}))
      return;
  } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; saved here
  }
  save_stored();
}

bool KeySource::land(const Flight& flight, FlightResult&& result) noexcept {
  counters_.count_flight(flight.cause, outcome_of(result), now() - flight.started_at);
  std::vector<Event> story;
  try {
    if (observer_) story = tell(flight, result, published_.read(), now());
  } catch (...) {
    events_dropped_->fetch_add(1);  // out of memory
  }
  Outbox outbox(*this);
  Published<Snapshot>::Replaced replaced;  // the last reference frees keys: not under a lock
  Served served;
  {
    const std::lock_guard lock(sync_.mutex);
    const SteadyTime at = now();
    try {
      if (!machine_.finish(flight, std::move(result), at)) return false;
    } catch (...) {
      machine_.crash(flight.number, at);
    }
    ++changes_;
    suppressions_reported_.clear();
    replaced = show_held();
    const auto next = machine_.next_attempt(at);
    for (Event& event : story) {
      if (event.kind == EventKind::fetch_failed) {
        event.attempt = machine_.consecutive_failures();
        if (next) event.next_attempt_in = std::chrono::ceil<milliseconds>(*next - at);
      }
      outbox.add(std::move(event));
    }
    outbox.add_state_change(at);
    served = serve(Whom::all, at, outbox);
    outbox.flush();  // before anybody can start the next flight: the story stays in order
    rearm();
  }
  sync_.changed.notify_all();
  dismiss(std::move(served));
  return true;
}

Result<void> KeySource::adopt(Snapshot snapshot) {
  Outbox outbox(*this);
  Published<Snapshot>::Replaced replaced;
  Served served;
  {
    const std::lock_guard lock(sync_.mutex);
    const SteadyTime at = now();
    if (const auto offline = machine_.offline())
      return Error(ErrorCode::keys_unavailable, *offline);
    if (!machine_.import(std::move(snapshot), at)) return {};
    ++changes_;
    replaced = show_held();
    outbox.add_state_change(at);
    served = serve(Whom::all, at, outbox);
    try {
      if (!served.launch) served.launch = machine_.begin_due(at);
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; the next caller tries again
    }
    rearm();
  }
  sync_.changed.notify_all();
  dismiss(std::move(served));
  return {};
}

// --- Timer ---

bool KeySource::rearm(std::optional<SteadyTime> also) noexcept {
  std::optional<SteadyTime> due = also;
  const auto consider = [&](std::optional<SteadyTime> time) {
    if (time) due = due ? std::min(*due, *time) : *time;
  };
  if (settings_.cache.background_refresh) consider(machine_.next_wakeup(now()));
  if (!parked_.empty()) consider(parked_.front().deadline);
  if (!due) return true;
  try {
    return Scheduler::instance().arm(shared_from_this(), settings_.clock, *due);
  } catch (...) {
    return false;  // out of memory: the next caller tries again
  }
}

void KeySource::on_timer() noexcept {
  Outbox outbox(*this);
  Served served;
  {
    const std::lock_guard lock(sync_.mutex);
    const SteadyTime at = now();
    outbox.add_state_change(at);
    served = serve(Whom::late, at, outbox);
    try {
      if (settings_.cache.background_refresh && !served.launch)
        served.launch = machine_.begin_due(at);
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; the next caller tries again
    }
    rearm();
  }
  dismiss(std::move(served));
}

// --- Fork ---

void KeySource::before_fork() noexcept { sync_.mutex.lock(); }

void KeySource::after_fork_in_parent() noexcept { sync_.mutex.unlock(); }

void KeySource::after_fork_in_child() noexcept {
  // Released for the sake of thread checkers, who believe this thread to hold it.
  sync_.mutex.unlock();
  // Not destroyed first: destroying a condition variable waits for its waiters, who are not here.
  std::construct_at(&sync_);
  published_.renew_locks();
  // Those who wait are the parent's to answer. Nor are they destroyed: that might run anything.
  std::construct_at(&parked_);
  machine_.go_offline(ErrorReason::forked);
  waiters_->store(0);
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
