// Faults: which requests and connections they hit, how often and how long, and what they make of
// an answer.

#include "emulator/control/fault_plan.hpp"

#include <cmath>
#include <set>
#include <string>

#include "emulator/control/spoil.hpp"
#include "jwks/emulator.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "unit/emulator/emulated.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Emulated;

struct Planned {
  explicit Planned(std::vector<Fault> faults = {}, std::uint64_t seed = 0)
      : plan(std::move(faults), seed, clock) {}

  EmulatorClock clock{[] { return test::kEmulatedNow; }};
  FaultPlan plan;

  FaultsOfRequest ask(const std::string& path = "/oauth2/jwks", bool is_key_set = true,
                      const std::string& method = "GET") {
    return plan.take(Emulated::request(method, path), is_key_set);
  }
};

std::string field_of_problem(const Fault& fault, bool has_tls = true) {
  std::string field = "unset";
  const std::string problem = fault_problem(fault, field, has_tls);
  CHECK(problem.empty() == field.empty());
  return field;
}

HttpResponse spoiled(const Fault& fault, const std::string& path = "/oauth2/jwks?x=1") {
  HttpResponse response = json_response(200, R"({"keys":[]})");
  spoil(response, fault, Emulated::request("GET", path));
  return response;
}

}  // namespace

TEST_CASE("each kind of fault has one name and is found by it", "[emulator]") {
  std::set<std::string_view> names;
  for (const FaultKind kind : all_fault_kinds()) {
    CHECK(static_cast<std::size_t>(kind) == names.size());  // in the order of the enumeration
    names.insert(to_string(kind));
    CHECK(fault_kind_from_name(to_string(kind)) == kind);
  }
  CHECK(names.size() == static_cast<std::size_t>(FaultKind::empty_set) + 1);
  CHECK_FALSE(fault_kind_from_name("unknown"));
  CHECK_FALSE(fault_kind_from_name(""));
  CHECK(to_string(FaultKind::wrong_content_length) == "wrong_content_length");
  CHECK(to_string(FaultKind::empty_set) == "empty_set");
}

TEST_CASE("every field of a fault is checked and named", "[emulator]") {
  CHECK(field_of_problem({}).empty());
  CHECK(field_of_problem({.method = "get"}) == "method");
  CHECK(field_of_problem({.path = "jwks"}) == "path");
  CHECK(field_of_problem({.count = 0}) == "count");
  for (const double probability : {-0.1, 1.1, std::nan(""), HUGE_VAL}) {
    CHECK(field_of_problem({.probability = probability}) == "probability");
  }
  CHECK(field_of_problem({.duration = milliseconds(0)}) == "for");
  CHECK(field_of_problem({.duration = milliseconds(-1)}) == "for");
  CHECK(field_of_problem({.duration = milliseconds::max()}) == "for");
  CHECK(field_of_problem({.kind = FaultKind::empty_set, .bytes = 1}) == "bytes");
  CHECK(field_of_problem({.kind = FaultKind::oversize, .bytes = UINT64_MAX}) == "bytes");
  CHECK(field_of_problem({.kind = FaultKind::drip, .pause = milliseconds(0)}) == "pause");
  CHECK(field_of_problem({.kind = FaultKind::drip, .pause = seconds(61)}) == "pause");
  CHECK(field_of_problem({.location = "http://x/"}) == "location");
  CHECK(field_of_problem({.kind = FaultKind::redirect, .location = "a\r\nb"}) == "location");
  CHECK(field_of_problem({.content_type = "a/b"}) == "content_type");
  CHECK(field_of_problem({.kind = FaultKind::wrong_content_type, .content_type = "a\nb"}) ==
        "content_type");
  CHECK(field_of_problem({.kind = FaultKind::tls_expired}).empty());
  CHECK(field_of_problem({.kind = FaultKind::tls_expired}, false) == "kind");

  Planned idp;
  const auto refused = idp.plan.add({.kind = FaultKind::tls_wrong_host}, false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().subject() == "kind");
  CHECK(idp.plan.list().empty());
}

TEST_CASE("closing the port takes a time of at most a minute and nothing else", "[emulator]") {
  const Fault good{.kind = FaultKind::refuse, .duration = seconds(60)};
  CHECK(field_of_problem(good).empty());
  Fault fault = good;
  fault.duration = {};
  CHECK(field_of_problem(fault) == "for");
  fault.duration = milliseconds(60'001);
  CHECK(field_of_problem(fault) == "for");
  fault = good;
  fault.count = 1;
  CHECK(field_of_problem(fault) == "count");
  fault = good;
  fault.probability = 0.5;
  CHECK(field_of_problem(fault) == "probability");
}

TEST_CASE("the port is closed at once and the fault is not kept", "[emulator]") {
  std::vector<milliseconds> refused;
  const auto made = Emulation::create(
      test::quick_options(),
      {.url = "http://127.0.0.1:4100", .refuse_for = [&refused](milliseconds time) {
         refused.push_back(time);
         return true;
       }});
  REQUIRE(made);
  Emulation& emulation = **made;
  CHECK(emulation.add_fault({.kind = FaultKind::refuse, .duration = milliseconds(500)}));
  CHECK(refused == std::vector{milliseconds(500)});
  CHECK(emulation.faults().list().empty());
  const auto endless = emulation.add_fault({.kind = FaultKind::refuse});
  REQUIRE_FALSE(endless);
  CHECK(endless.error().subject() == "for");
  CHECK(refused.size() == 1);
}

TEST_CASE("the oldest fault of each group hits", "[emulator]") {
  Planned idp({{.kind = FaultKind::empty_set},
               {.kind = FaultKind::truncate, .path = "/oauth2/*"},
               {.kind = FaultKind::stall_handshake},
               {.kind = FaultKind::drip},
               {.kind = FaultKind::oct_key}});
  const auto hit = idp.ask();
  CHECK(hit.answer.value().kind == FaultKind::truncate);
  CHECK(hit.key_set.value().kind == FaultKind::empty_set);
  const auto elsewhere = idp.ask("/health", false);
  CHECK(elsewhere.answer.value().kind == FaultKind::drip);
  CHECK_FALSE(elsewhere.key_set);
  CHECK(idp.plan.take_for_connection() == ConnectionFault::stall);
  const auto control = idp.ask("/_emulate/faults", false);
  CHECK_FALSE(control.answer);
}

TEST_CASE("faults see method and path as they are sent", "[emulator]") {
  Planned idp({{.kind = FaultKind::reset, .method = "POST", .path = "/tenant/oauth2/token"}});
  CHECK(idp.ask("/tenant/oauth2/token", false, "POST").answer);
  CHECK_FALSE(idp.ask("/tenant/oauth2/token", false, "GET").answer);
  CHECK_FALSE(idp.ask("/oauth2/token", false, "POST").answer);
}

TEST_CASE("a fault with a count is gone after so many requests", "[emulator]") {
  Planned idp({{.kind = FaultKind::empty_set, .count = 2},
               {.kind = FaultKind::tls_expired, .count = 1},
               {.kind = FaultKind::tls_self_signed, .count = 1}});
  CHECK_FALSE(idp.ask("/health", false).key_set);  // no key set: not used
  CHECK(idp.ask().key_set);
  CHECK(idp.plan.list().at(0).count == 1);
  CHECK(idp.ask().key_set);
  CHECK_FALSE(idp.ask().key_set);
  CHECK(idp.plan.list().size() == 2);
  CHECK(idp.plan.take_for_connection() == ConnectionFault::tls_expired);
  CHECK(idp.plan.take_for_connection() == ConnectionFault::tls_self_signed);
  CHECK(idp.plan.take_for_connection() == ConnectionFault::none);
  CHECK(idp.plan.list().empty());
}

TEST_CASE("a fault lasts as long as it should by the emulator's clock", "[emulator]") {
  Planned idp;
  REQUIRE(idp.plan.add({.kind = FaultKind::html, .duration = seconds(60)}, false));
  idp.clock.advance(milliseconds(59'999));
  CHECK(idp.ask().answer);
  CHECK(idp.plan.list().at(0).duration == milliseconds(1));
  idp.clock.advance(milliseconds(1));
  CHECK(idp.plan.list().empty());
  CHECK_FALSE(idp.ask().answer);
  idp.clock.advance(-seconds(60));
  CHECK_FALSE(idp.ask().answer);  // what is over does not come back
}

TEST_CASE("a clock that is set back begins a fault's time anew", "[emulator]") {
  Planned idp;
  REQUIRE(idp.plan.add({.kind = FaultKind::html, .duration = seconds(60)}, false));
  idp.clock.advance(-std::chrono::days(3000));
  CHECK(idp.ask().answer);
  idp.clock.advance(seconds(59));
  CHECK(idp.ask().answer);
  idp.clock.advance(seconds(1));
  CHECK_FALSE(idp.ask().answer);
}

TEST_CASE("a plan has at most a thousand faults, those that are over not counted", "[emulator]") {
  Planned idp;
  for (std::size_t i = 0; i < FaultPlan::kMaxFaults; ++i) {
    REQUIRE(idp.plan.add({.kind = FaultKind::html, .duration = seconds(60)}, false));
  }
  const auto refused = idp.plan.add({.kind = FaultKind::html}, false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().subject() == "faults");
  idp.clock.advance(seconds(60));
  CHECK(idp.plan.add({.kind = FaultKind::html}, false));
}

TEST_CASE("a fault of the connection ends by real time, since nobody could move the clock",
          "[emulator]") {
  Planned idp;
  REQUIRE(
      idp.plan.add({.kind = FaultKind::stall_handshake, .duration = std::chrono::hours(1)}, false));
  idp.clock.advance(std::chrono::hours(2));
  CHECK(idp.plan.take_for_connection() == ConnectionFault::stall);
  idp.plan.clear();

  REQUIRE(idp.plan.add({.kind = FaultKind::stall_handshake, .duration = milliseconds(1)}, false));
  idp.clock.set(test::kEmulatedNow, true);
  CHECK(test::eventually([&] { return idp.plan.list().empty(); }));
  CHECK(idp.plan.take_for_connection() == ConnectionFault::none);
}

TEST_CASE("probability is decided by the seed and nothing else", "[emulator]") {
  const auto hits = [](std::uint64_t seed) {
    Planned idp({{.kind = FaultKind::reset, .probability = 0.25}}, seed);
    std::vector<bool> hit;
    for (int i = 0; i < 2000; ++i) hit.push_back(idp.ask().answer.has_value());
    return hit;
  };
  const auto first = hits(1);
  CHECK(first == hits(1));
  CHECK(first != hits(2));
  const auto count = std::count(first.begin(), first.end(), true);
  CHECK(count > 400);
  CHECK(count < 600);

  Planned never({{.kind = FaultKind::reset, .probability = 0}});
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(never.ask().answer);
}

TEST_CASE("a fault that does not hit leaves the request to the next, and is not used up",
          "[emulator]") {
  Planned idp(
      {{.kind = FaultKind::reset, .count = 1, .probability = 0}, {.kind = FaultKind::html}});
  CHECK(idp.ask().answer.value().kind == FaultKind::html);
  CHECK(idp.plan.list().at(0).count == 1);
}

TEST_CASE("resetting faults brings back those of the options, counts and the seed too",
          "[emulator][known-defect]") {
  Planned idp({{.kind = FaultKind::reset, .count = 20, .probability = 0.5}}, 7);
  const auto pattern = [&] {
    std::vector<bool> hit;
    for (int i = 0; i < 60; ++i) hit.push_back(idp.ask().answer.has_value());
    return hit;
  };
  const auto first = pattern();
  CHECK(std::count(first.begin(), first.end(), true) == 20);
  REQUIRE(idp.plan.add({.kind = FaultKind::empty_set}, false));
  idp.plan.reset();
  CHECK(idp.plan.list().size() == 1);
  CHECK_FALSE(idp.ask("/x", true).key_set);
  idp.plan.reset();
  CHECK(pattern() == first);
}

TEST_CASE("a reset begins the time of faults by the clock that is reset too", "[emulator]") {
  for (const auto moved : {std::chrono::hours(-24), std::chrono::hours(24)}) {
    CAPTURE(moved.count());
    EmulatorOptions options = test::quick_options();
    options.faults = {{.kind = FaultKind::html, .duration = seconds(60)}};
    const auto now = std::make_shared<EmulatorClock::Time>(test::kEmulatedNow);
    options.clock = [now] { return *now; };
    const Emulated idp(std::move(options));
    idp.emulation->clock().advance(moved);
    REQUIRE(idp.emulation->reset());
    *now += seconds(59);
    CHECK(idp.emulation->faults().list().size() == 1);
    *now += seconds(1);
    CHECK(idp.emulation->faults().list().empty());
  }
}

TEST_CASE("a fault can be removed by its id", "[emulator]") {
  Planned idp;
  const std::string id = idp.plan.add({.kind = FaultKind::html}, false).value();
  CHECK(idp.plan.list().at(0).id == id);
  CHECK(idp.plan.remove(id));
  CHECK_FALSE(idp.plan.remove(id));
  CHECK_FALSE(idp.ask().answer);
}

TEST_CASE("a redirect points to itself or elsewhere", "[emulator]") {
  const auto loop = spoiled({.kind = FaultKind::redirect_loop});
  CHECK(loop.status == 302);
  CHECK(test::header_of(loop, "Location") == "/oauth2/jwks?x=1");
  CHECK(loop.body.empty());
  CHECK(test::header_of(spoiled({.kind = FaultKind::redirect}), "Location") ==
        "file:///etc/passwd");
  CHECK(test::header_of(spoiled({.kind = FaultKind::redirect, .location = "gopher://x"}),
                        "Location") == "gopher://x");
}

TEST_CASE("a redirect to itself never leads to another host", "[emulator]") {
  const auto location = [](const char* path) {
    return test::header_of(spoiled({.kind = FaultKind::redirect_loop}, path), "Location");
  };
  CHECK(location("/a") == "/a");
  CHECK(location("//other.example/a?b") == "/.//other.example/a?b");
}

TEST_CASE("content types are wrong, or the page is HTML", "[emulator]") {
  const auto text = spoiled({.kind = FaultKind::wrong_content_type});
  CHECK(text.headers == HttpHeaders{{"Content-Type", "text/plain"}});
  CHECK(text.body == R"({"keys":[]})");
  const auto other = spoiled({.kind = FaultKind::wrong_content_type, .content_type = "a/b"});
  CHECK(other.headers == HttpHeaders{{"Content-Type", "a/b"}});
  const auto page = spoiled({.kind = FaultKind::html});
  CHECK(page.status == 200);
  CHECK(test::header_of(page, "Content-Type") == "text/html; charset=utf-8");
  CHECK(page.body.starts_with("<!DOCTYPE html>"));
  CHECK_FALSE(page.fault);
}

TEST_CASE("faults of bytes are left to the server, with their defaults", "[emulator]") {
  const struct {
    FaultKind kind;
    std::uint64_t bytes;
  } rows[] = {
      {FaultKind::reset, 0},        {FaultKind::stall_headers, 0},
      {FaultKind::stall_body, 5},   {FaultKind::drip, 0},
      {FaultKind::truncate, 5},     {FaultKind::oversize, 2 * 1024 * 1024},
      {FaultKind::endless, 0},      {FaultKind::wrong_content_length, 10},
      {FaultKind::bad_chunking, 0}, {FaultKind::gzip_bomb, 1024 * 1024 * 1024},
  };
  for (const auto& row : rows) {
    CAPTURE(to_string(row.kind));
    const auto response = spoiled({.kind = row.kind, .pause = milliseconds(7)});
    CHECK(response.status == 200);
    CHECK(response.body == R"({"keys":[]})");
    REQUIRE(response.fault);
    CHECK(response.fault->kind == row.kind);
    CHECK(response.fault->bytes == row.bytes);
    CHECK(response.fault->pause == milliseconds(7));
  }
  CHECK(spoiled({.kind = FaultKind::truncate, .bytes = 3}).fault->bytes == 3);
}
