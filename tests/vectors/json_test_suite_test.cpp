// JSONTestSuite: each text as a document, as a member of a signed payload and of a signed header,
// and, where it is an object, as the whole payload and the whole header.
//
// Of the files that RFC 8259 lets a parser accept or refuse ("i_"), the answer is recorded below:
// numbers of any size are accepted, since they are kept as text and judged by who reads them, and
// everything that is not UTF-8, not a Unicode string or nested too deeply is refused. Two files
// that must be accepted as JSON have a duplicate member, which JOSE forbids (RFC 7515 §4, RFC 7519
// §4).
//
// Source: nst/JSONTestSuite, test_parsing (MIT).

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"
#include "vectors/vectors.hpp"

namespace {

constexpr std::array<std::string_view, 10> kFreeAndAccepted = {
    "i_number_double_huge_neg_exp.json", "i_number_huge_exp.json",
    "i_number_neg_int_huge_exp.json",    "i_number_pos_double_huge_exp.json",
    "i_number_real_neg_overflow.json",   "i_number_real_pos_overflow.json",
    "i_number_real_underflow.json",      "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json",     "i_number_very_big_negative_int.json"};
constexpr std::array<std::string_view, 2> kDuplicateMember = {
    "y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"};

bool is_one_of(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

struct File {
  std::string name;
  std::string text;
  bool accepted;  ///< the recorded answer
};

std::vector<File> files() {
  std::vector<File> all;
  for (const std::string& name : vectors::names_in("JSONTestSuite/test_parsing")) {
    const bool accepted = name.starts_with("y_") ? !is_one_of(kDuplicateMember, name)
                                                 : is_one_of(kFreeAndAccepted, name);
    all.push_back({name, vectors::read("JSONTestSuite/test_parsing/" + name), accepted});
  }
  const auto count = [&all](std::string_view prefix) {
    return std::ranges::count_if(all,
                                 [&](const File& file) { return file.name.starts_with(prefix); });
  };
  CHECK(count("y_") == 95);
  CHECK(count("n_") == 188);
  CHECK(count("i_") == 35);
  CHECK(all.size() == 318);
  CHECK(std::ranges::count_if(all, &File::accepted) == 93 + 10);
  return all;
}

bool have_vectors() { return vectors::available("JSONTestSuite/test_parsing"); }

/// What `verify` says under a policy that wants nothing of the claims.
std::string answer(const test::TokenBuilder& builder) {
  static const jwks::JwkSet keys = test::es256_set();
  static const jwks::ValidationPolicy policy = test::policy(
      {.allow_any_issuer = true, .allow_any_audience = true, .require_expiration = false});
  const auto result = jwks::verify(builder.build().value(), keys, policy, test::kNow);
  return result ? "accepted" : std::string(to_string(result.error().code()));
}

bool is_json_error(std::string_view answer) {
  return answer == "bad_json" || answer == "duplicate_member" || answer == "too_large";
}

TEST_CASE("JSONTestSuite: as a document", "[attack-101][attack-087]") {
  if (!have_vectors()) return;
  for (const File& file : files()) {
    CAPTURE(file.name);
    CHECK(jwks::json::Document::parse(file.text).has_value() == file.accepted);
  }
}

TEST_CASE("JSONTestSuite: as a value in the payload", "[attack-101]") {
  if (!have_vectors()) return;
  for (const File& file : files()) {
    CAPTURE(file.name);
    const std::string said =
        answer(test::TokenBuilder(test::es256()).raw_payload("{\"x\":" + file.text + "}"));
    CAPTURE(said);
    CHECK((file.accepted ? said == "accepted" : is_json_error(said)));
  }
}

TEST_CASE("JSONTestSuite: as a value in the header", "[attack-101]") {
  if (!have_vectors()) return;
  for (const File& file : files()) {
    CAPTURE(file.name);
    const std::string said =
        answer(test::TokenBuilder(test::es256())
                   .raw_header(R"({"alg":"ES256","kid":"ES256-0","x":)" + file.text + "}")
                   .raw_payload("{}"));
    CAPTURE(said);
    CHECK((file.accepted ? said == "accepted" : is_json_error(said)));
  }
}

TEST_CASE("JSONTestSuite: as the whole payload and the whole header", "[attack-099][attack-101]") {
  if (!have_vectors()) return;
  std::size_t objects = 0;
  for (const File& file : files()) {
    CAPTURE(file.name);
    const auto document = jwks::json::Document::parse(file.text);
    const bool is_object = document && document->root().is_object();
    const std::string as_payload = answer(test::TokenBuilder(test::es256()).raw_payload(file.text));
    const std::string as_header =
        answer(test::TokenBuilder(test::es256()).raw_header(file.text).raw_payload("{}"));
    CAPTURE(as_payload, as_header);
    if (is_object) {
      ++objects;
      CHECK(as_payload == "accepted");
      CHECK(as_header == "invalid_header");  // it is JSON, and has no "alg"
    } else if (file.text.empty()) {
      CHECK(as_payload == "not_three_segments");
      CHECK(as_header == "not_three_segments");
    } else {
      CHECK(is_json_error(as_payload));
      CHECK(is_json_error(as_header));
    }
  }
  CHECK(objects == 10);
}

}  // namespace
