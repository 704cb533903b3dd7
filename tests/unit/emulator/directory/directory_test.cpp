#include "emulator/directory/directory.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace jwks::emulator;  // NOLINT(google-build-using-namespace)
using std::chrono::hours;

constexpr Time kNow{std::chrono::seconds(1'750'000'000)};

EmulatorOptions seed() {
  EmulatorOptions options;
  options.organizations = {{.name = "Acme", .id = "org_acme"}, {.name = "Globex"}};
  options.applications = {{.name = "Billing",
                           .client_id = "billing",
                           .client_secret = "billing secret",
                           .organization = "Acme",
                           .scopes = {"read"}},
                          {.name = "Made up", .organization = "org_acme"},
                          {.name = "Phone", .type = ApplicationType::oauth, .is_public = true}};
  options.api_keys = {
      {.name = "Acme's", .organization = "Acme", .value = "sk_acme"},
      {.name = "Old", .organization = "Acme", .value = "sk_old", .expires_at = kNow + hours(1)}};
  options.users = {{.email = "alice@example.com", .id = "alice", .password = "wonderland"},
                   {.email = "bob@example.com"}};
  return options;
}

/// A directory with a clock that a test can move.
struct Fixture {
  explicit Fixture(const EmulatorOptions& options = seed()) : directory(options, clock) {}

  EmulatorClock clock{[] { return kNow; }};
  Directory directory;
};

std::string first_problem(const Problems& problems) {
  return problems.empty() ? "" : problems.front().field + " " + problems.front().message;
}

}  // namespace

TEST_CASE("organizations are named by name or id and known by id", "[emulator]") {
  Fixture at;
  CHECK(at.directory.client("billing")->application.organization == "org_acme");
  CHECK(at.directory.applications()[1].organization == "org_acme");
  CHECK(at.directory.organization("org_acme")->organization.name == "Acme");
  CHECK_FALSE(at.directory.organization("Acme"));
  CHECK(at.directory.organizations()[1].organization.id.starts_with("org_"));
}

TEST_CASE("what is not pinned is generated, and differs from run to run", "[emulator]") {
  Fixture at;
  Fixture other;
  const Application made = at.directory.applications()[1];
  CHECK(made.client_id.starts_with("client_"));
  CHECK(made.client_secret.size() >= 40);
  CHECK(made.client_id != other.directory.applications()[1].client_id);
  CHECK(made.client_secret != other.directory.applications()[1].client_secret);
  CHECK(at.directory.first_user().id == "alice");
  CHECK(at.directory.user_by_email("bob@example.com")->id.starts_with("user_"));
}

TEST_CASE("a client authenticates with each of its secrets and nothing else", "[emulator]") {
  Fixture at;
  const auto second = at.directory.add_secret("billing");
  REQUIRE(second.record);
  CHECK(at.directory.authenticate("billing", "billing secret"));
  CHECK(at.directory.authenticate("billing", second.record->value));
  for (const auto* const wrong : {"", "billing secre", "billing secret ", "Billing secret"}) {
    CHECK_FALSE(at.directory.authenticate("billing", wrong));
  }
  CHECK_FALSE(at.directory.authenticate("nobody", "billing secret"));
  const std::string resource = at.directory.client("billing")->id;
  CHECK_FALSE(at.directory.authenticate(resource, "billing secret"));
  CHECK_FALSE(at.directory.client(resource));

  at.clock.advance(hours(2));
  REQUIRE(at.directory.remove_secret(second.record->id));
  CHECK_FALSE(at.directory.authenticate("billing", second.record->value));
  CHECK_FALSE(at.directory.remove_secret(second.record->id));
  CHECK(at.directory.authenticate("billing", "billing secret")->secrets[0].last_used_at ==
        kNow + hours(2));
}

TEST_CASE("a public client has no secret and gets none", "[emulator]") {
  Fixture at;
  const Application phone = at.directory.applications()[2];
  CHECK(phone.client_secret.empty());
  CHECK_FALSE(at.directory.authenticate(phone.client_id, ""));
  const auto refused = at.directory.add_secret(phone.client_id);
  CHECK_FALSE(refused.record);
  CHECK(refused.problems.size() == 1);
}

TEST_CASE("a user logs in with the password, or with any where none is set", "[emulator]") {
  Fixture at;
  CHECK(at.directory.log_in("ALICE@example.com", "wonderland")->id == "alice");
  CHECK_FALSE(at.directory.log_in("alice@example.com", "Wonderland"));
  CHECK_FALSE(at.directory.log_in("alice@example.com", ""));
  CHECK(at.directory.log_in("bob@example.com", "anything"));
  CHECK_FALSE(at.directory.log_in("carol@example.com", ""));
  CHECK(at.directory.user("alice")->email == "alice@example.com");
  CHECK_FALSE(at.directory.user("Alice"));
}

TEST_CASE("without users user@example.com is there", "[emulator]") {
  const Fixture at{EmulatorOptions{}};
  CHECK(at.directory.first_user().email == "user@example.com");
  CHECK(at.directory.user(at.directory.first_user().id));
}

TEST_CASE("sk_test_default authenticates only where no other API key is given", "[emulator]") {
  EmulatorOptions options;
  Fixture none{options};
  CHECK(none.directory.admits("sk_test_default"));
  CHECK(none.directory.any_api_key() == "sk_test_default");

  options.allowed_api_keys = {"sk_allowed"};
  Fixture map{options};
  CHECK_FALSE(map.directory.admits("sk_test_default"));
  CHECK(map.directory.admits("sk_allowed"));
  CHECK(map.directory.api_keys().empty());
  CHECK(map.directory.any_api_key() == "sk_allowed");

  Fixture array;
  CHECK_FALSE(array.directory.admits("sk_test_default"));
  CHECK(array.directory.admits("sk_acme"));
  CHECK(array.directory.any_api_key() == "sk_acme");
}

TEST_CASE("an API key lets in until the clock of the emulator reaches its end",
          "[emulator][known-defect]") {
  Fixture at;
  CHECK(at.directory.admits("sk_old"));
  at.clock.advance(hours(1) - std::chrono::nanoseconds(1));
  CHECK(at.directory.admits("sk_old"));
  at.clock.advance(std::chrono::nanoseconds(1));
  CHECK_FALSE(at.directory.admits("sk_old"));
  CHECK_FALSE(at.directory.use_api_key("sk_old"));
  at.clock.reset();
  CHECK(at.directory.use_api_key("sk_old")->last_used_at == kNow);
}

TEST_CASE("an expired API key is never the one that the C++ API names", "[emulator]") {
  EmulatorOptions options = seed();
  options.api_keys.erase(options.api_keys.begin());
  Fixture at{options};
  CHECK(at.directory.any_api_key() == "sk_old");
  at.clock.advance(hours(1));
  CHECK(at.directory.any_api_key().empty());
}

TEST_CASE("an organization takes its applications and API keys along when it goes", "[emulator]") {
  Fixture at;
  REQUIRE(at.directory.remove_organization("org_acme"));
  CHECK_FALSE(at.directory.authenticate("billing", "billing secret"));
  CHECK_FALSE(at.directory.admits("sk_acme"));
  CHECK(at.directory.application_records().size() == 1);  // the one without an organization
  CHECK(at.directory.organizations().size() == 1);
  CHECK_FALSE(at.directory.remove_organization("org_acme"));
}

TEST_CASE("a reset brings back what was there at the start, generated values included",
          "[emulator][known-defect]") {
  Fixture at;
  const auto before = at.directory.applications();
  const std::string bob = at.directory.user_by_email("bob@example.com")->id;
  const std::string globex = at.directory.organizations()[1].organization.id;
  REQUIRE(at.directory.remove_organization("org_acme"));
  REQUIRE(at.directory.remove_organization(globex));
  REQUIRE(at.directory.add(Organization{.name = "New"}).record);
  at.directory.reset();
  CHECK(at.directory.applications() == before);
  CHECK(at.directory.user_by_email("bob@example.com")->id == bob);
  CHECK(at.directory.organizations()[1].organization.id == globex);
  CHECK(at.directory.organizations().size() == 2);
  CHECK(at.directory.admits("sk_acme"));
}

TEST_CASE("what is taken or refers to nothing is not taken in", "[emulator][known-defect]") {
  Fixture at;
  Directory& directory = at.directory;
  CHECK(first_problem(directory.add(Organization{.name = "Acme"}).problems) ==
        "name is taken: \"Acme\"");
  CHECK(first_problem(directory.add(Organization{.name = "x", .id = "org_acme"}).problems) ==
        "id is taken: \"org_acme\"");
  CHECK(first_problem(directory.add(Application{.name = "x", .client_id = "billing"}).problems) ==
        "client_id is taken: \"billing\"");
  CHECK(
      first_problem(directory.add(Application{.name = "x", .organization = "Initech"}).problems) ==
      "organization names no organization: \"Initech\"");
  CHECK(first_problem(directory.add(ApiKey{.organization = "Acme", .value = "sk_acme"}).problems) ==
        "value is taken");
  CHECK(first_problem(directory.add(ApiKey{.name = "x"}).problems) == "organization is required");
  CHECK(directory.organizations().size() == 2);
  CHECK(directory.application_records().size() == 3);
  CHECK(directory.api_keys().size() == 2);
}

TEST_CASE("a name that is also another organization's id refers to neither",
          "[emulator][known-defect]") {
  Fixture at;
  REQUIRE(at.directory.add(Organization{.name = "org_acme"}).record);
  CHECK(first_problem(
            at.directory.add(Application{.name = "x", .organization = "org_acme"}).problems) ==
        "organization names more than one organization: \"org_acme\"");
}

TEST_CASE("a change keeps what it does not name, and is made as a whole or not at all",
          "[emulator]") {
  Fixture at;
  at.clock.advance(hours(1));
  const auto changed = at.directory.change("billing", ApplicationChange{.audience = "billing-api"});
  REQUIRE(changed.record);
  CHECK(changed.record->application.audience == "billing-api");
  CHECK(changed.record->application.scopes == std::vector<std::string>{"read"});
  CHECK(changed.record->created_at == kNow);
  CHECK(changed.record->updated_at == kNow + hours(1));

  const auto refused = at.directory.change(
      "org_acme", OrganizationChange{.name = "Globex", .external_id = "changed"});
  CHECK(first_problem(refused.problems) == "name is taken: \"Globex\"");
  CHECK(at.directory.organization("org_acme")->organization.external_id.empty());
  // Its own name is not taken.
  CHECK(at.directory.change("org_acme", OrganizationChange{.name = "Acme"}).record);

  const auto nothing = at.directory.change("org_none", OrganizationChange{.name = "x"});
  CHECK_FALSE(nothing.record);
  CHECK(nothing.problems.empty());
}

TEST_CASE("an application holds a bounded number of secrets", "[emulator]") {
  Fixture at;
  for (std::size_t i = 1; i < Records::kMaxSecrets; ++i) {
    REQUIRE(at.directory.add_secret("billing").record);
  }
  CHECK_FALSE(at.directory.add_secret("billing").record);
}

TEST_CASE("threads may ask and change a directory at once", "[emulator]") {
  constexpr int kRounds = 40;
  Fixture at;
  std::atomic<int> failures{0};
  const auto expect = [&](bool holds) { failures += holds ? 0 : 1; };
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, name = "Tenant " + std::to_string(t)] {
      for (int i = 0; i < kRounds; ++i) {
        const auto tenant = at.directory.add(Organization{.name = name});
        expect(tenant.record.has_value());
        const std::string id = tenant.record->organization.id;
        const auto key = at.directory.add(ApiKey{.name = "k", .organization = id});
        expect(key.record && at.directory.admits(key.record->key.value));
        const auto app = at.directory.add(Application{.name = "a", .organization = id});
        expect(app.record && at.directory.add_secret(app.record->id).record);
        expect(at.directory.change(id, OrganizationChange{.external_id = name}).record.has_value());
        expect(at.directory.authenticate("billing", "billing secret").has_value());
        expect(!at.directory.applications().empty() && !at.directory.organizations().empty());
        expect(at.directory.remove_organization(id));
        expect(!at.directory.admits(key.record->key.value));
      }
    });
  }
  for (std::thread& each : threads) each.join();
  CHECK(failures == 0);
  CHECK(at.directory.organizations().size() == 2);
  CHECK(at.directory.api_keys().size() == 2);
}
