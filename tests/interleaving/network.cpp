// What happens on the threads of the Scheduler: flights, the timer, and sets that come from
// elsewhere.

#include <algorithm>

#include "interleaving/world.hpp"

namespace interleaving {

using jwks::Error;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::source::Flight;
using jwks::source::FlightResult;
using jwks::source::Snapshot;
using std::chrono::seconds;

namespace {

constexpr seconds kLost{60};

FlightResult result_of(const Flight& flight, const Oracle::Landing& landing) {
  FlightResult result;
  result.location = flight.location;
  result.received_at = landing.received_at;
  if (!landing.content) {
    result.error = Error(ErrorCode::keys_unavailable, ErrorReason::fetch_failed).because("down");
    if (landing.retry_after > Duration(0))
      result.retry_after = std::chrono::duration_cast<seconds>(landing.retry_after);
    return result;
  }
  result.body_hash = hash_of(*landing.content);
  result.freshness = {std::chrono::duration_cast<seconds>(landing.ttl),
                      std::chrono::duration_cast<seconds>(landing.age)};
  // 304, or the same bytes: the keys are those that the flight set out with.
  const bool confirmed = flight.held && flight.held->body_hash == result.body_hash;
  if (!confirmed) result.keys = set_of(*landing.content);
  return result;
}

}  // namespace

// --- Flights ---

void World::post(std::optional<Flight>& flight) {
  Flying& flying = flights_.emplace_back();
  flying.flight = std::move(*flight);
  flight.reset();
  flying.landing.number = flying.flight.number;
  if (healthy_) return;
  flying.lost = dice_.percent(lost_percent_);
  if (!dice_.percent(1)) return;
  note("flight ", flying.flight.number, ": no thread could be started");
  flying.lost = false;
  flying.at = FlightAt::received;
}

bool World::runnable(const Flying& flying) const {
  switch (flying.at) {
    case FlightAt::queued:
    case FlightAt::received:
    case FlightAt::rearming:
      return !locked_;
    case FlightAt::asking:
      return true;
    case FlightAt::answered:
      return !flying.lost || healthy_ || now_ - *flying.taken_up_at >= kLost;
    case FlightAt::showing:
    case FlightAt::notifying:
      return true;
    case FlightAt::done:
      break;
  }
  return false;
}

void World::run_flight(Flying& flying) {
  const std::uint64_t number = flying.flight.number;
  switch (flying.at) {
    case FlightAt::queued:
      return take_up(flying);
    case FlightAt::asking:
      return ask_issuer(flying);
    case FlightAt::answered:
      note("flight ", number, ": the answer comes in");
      flying.landing.received_at = now_;
      flying.at = FlightAt::received;
      return;
    case FlightAt::received:
      return land(flying);
    case FlightAt::showing:
      note("flight ", number, ": readers see the outcome");
      show();
      flying.at = FlightAt::notifying;
      return;
    case FlightAt::notifying:
      note("flight ", number, ": waiters are woken");
      notify();
      flying.at = FlightAt::rearming;
      return;
    case FlightAt::rearming:
      rearm();
      flying.at = FlightAt::done;
      return;
    case FlightAt::done:
      return;
  }
}

void World::take_up(Flying& flying) {
  if (machine_->offline()) {
    flying.at = FlightAt::done;
    return;
  }
  note("flight ", flying.flight.number, ": taken up");
  machine_->taken_up(flying.flight.number, now_);
  oracle_->taken_up(flying.flight.number, now_);
  flying.taken_up_at = now_;
  flying.at = FlightAt::asking;
}

/// The request arrives: what the issuer has now is what it answers, whenever that comes in.
void World::ask_issuer(Flying& flying) {
  flying.at = FlightAt::answered;
  Oracle::Landing& landing = flying.landing;
  if (!healthy_ && dice_.percent(failing_percent_)) {
    note("flight ", flying.flight.number, ": the issuer fails");
    landing.retry_after = dice_.any<seconds>({seconds(0), seconds(0), seconds(20), seconds(300)});
    return;
  }
  if (history_.back().content == 0 && options_.empty_set == jwks::EmptySet::keep) {
    note("flight ", flying.flight.number, ": the issuer has nothing, which is not believed");
    return;
  }
  landing.content = history_.back().content;
  landing.ttl = dice_.any<seconds>({seconds(10), seconds(60), seconds(300)});
  // From a cache, if it can be that old.
  if (!flying.flight.forced && now_ - history_.back().at > seconds(5)) landing.age = seconds(5);
  note("flight ", flying.flight.number, ": the issuer has ", describe(*landing.content));
}

void World::land(Flying& flying) {
  const bool taken =
      machine_->finish(flying.flight, result_of(flying.flight, flying.landing), now_);
  note("flight ", flying.flight.number, taken ? ": lands" : ": comes too late");
  oracle_->landed(flying.landing, taken, now_);
  flying.at = FlightAt::done;
  if (!taken) return;
  ++changes_;
  locked_ = true;
  flying.at = FlightAt::showing;
}

void World::show() {
  shown_ = machine_->held();
  observe();
  locked_ = false;
}

void World::notify() {
  for (Caller& caller : callers_) caller.notified = true;
  for (Operator& op : operators_) op.notified = true;
}

// --- The timer ---

void World::rearm() {
  if (!options_.background_refresh) return;
  if (const auto next = machine_->next_wakeup(now_)) armed_ = next;
}

void World::run_timer() {
  switch (timer_.at) {
    case ActorAt::idle:
      note("timer");
      armed_.reset();
      observe();
      timer_.posts = machine_->begin_due(now_);
      if (timer_.posts) oracle_->began(*timer_.posts, now_, nullptr);
      timer_.at = timer_.posts ? ActorAt::posting : ActorAt::rearming;
      return;
    case ActorAt::posting:
      note("timer: posts flight ", timer_.posts->number);
      post(timer_.posts);
      timer_.at = ActorAt::rearming;
      return;
    default:
      rearm();
      timer_.at = ActorAt::idle;
      return;
  }
}

// --- Sets from elsewhere ---

/// A process that asked the issuer at some time of the past has handed on what it got.
void World::import_something() {
  const auto back = dice_.any<seconds>({seconds(0), seconds(1), seconds(20), seconds(400)});
  Snapshot set;
  set.validated_at = now_ - back;
  const auto found = std::find_if(history_.rbegin(), history_.rend(),
                                  [&](const Published& at) { return at.at <= set.validated_at; });
  if (found == history_.rend() || found->content == 0) return;
  set.keys = set_of(found->content);
  set.body_hash = hash_of(found->content);
  set.soft_at = now_;
  set.fresh_until = std::max(now_, set.validated_at + seconds(60));
  set.stale_until = std::max(now_, set.validated_at + seconds(60) + options_.max_stale);
  const bool taken = machine_->import(set, now_);
  note("a set from elsewhere, ", back.count(), " s old: ", describe(found->content),
       taken ? "" : ", not taken");
  oracle_->imported(set, taken, now_);
  if (!taken) return;
  ++changes_;
  locked_ = true;
  importer_.at = ActorAt::showing;
}

void World::run_importer() {
  switch (importer_.at) {
    case ActorAt::showing:
      show();
      importer_.posts = machine_->begin_due(now_);
      if (importer_.posts) oracle_->began(*importer_.posts, now_, nullptr);
      importer_.at = ActorAt::notifying;
      return;
    case ActorAt::notifying:
      note("a set from elsewhere: waiters are woken");
      notify();
      importer_.at = importer_.posts ? ActorAt::posting : ActorAt::rearming;
      return;
    case ActorAt::posting:
      note("a set from elsewhere: posts flight ", importer_.posts->number);
      post(importer_.posts);
      importer_.at = ActorAt::rearming;
      return;
    default:
      rearm();
      importer_.at = ActorAt::idle;
      return;
  }
}

}  // namespace interleaving
