// The text of a snapshot: one for each content, and nothing else is read.

#include "source/snapshot_codec.hpp"

#include <string>
#include <vector>

#include "jwks/jwk_set.hpp"
#include "support/catch.hpp"

namespace {

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::source::decode_snapshot;
using jwks::source::encode_snapshot;
using jwks::source::StoredSnapshot;
using jwks::source::WallTime;
using std::chrono::milliseconds;

constexpr std::string_view kFormat = "jwks-cpp snapshot 1\n";
constexpr std::string_view kHeaders =
    "issuer: https://issuer.example\n"
    "jwks_uri: https://issuer.example/jwks\n"
    "validated_at: 1750000000000\n"
    "fresh_until: 1750000300000\n"
    "stale_until: 1750003900000\n"
    "etag: \"v7\"\n"
    "last_modified: Mon, 01 Jan 2024 00:00:00 GMT\n";
constexpr std::string_view kDocument = "{\"keys\":[]}\n";

std::string content() { return std::string(kHeaders).append("\n").append(kDocument); }

WallTime at(std::int64_t count) { return WallTime(milliseconds(count)); }

std::shared_ptr<const std::string> document(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

StoredSnapshot sample() {
  return {.issuer = "https://issuer.example",
          .jwks_uri = "https://issuer.example/jwks",
          .validated_at = at(1'750'000'000'000),
          .fresh_until = at(1'750'000'300'000),
          .stale_until = at(1'750'003'900'000),
          .etag = "\"v7\"",
          .last_modified = "Mon, 01 Jan 2024 00:00:00 GMT",
          .document = document(std::string(kDocument))};
}

/// With the right checksum, whatever the content is.
std::string sealed(const std::string& text) {
  const auto hash = jwks::crypto::sha256(text).value();
  return std::string(kFormat) + "sha256: " + jwks::source::to_hex(hash) + "\n" + text;
}

std::string with(std::string_view line, std::string_view instead) {
  std::string changed = content();
  const std::size_t place = changed.find(line);
  REQUIRE(place != std::string::npos);
  return changed.replace(place, line.size(), instead);
}

/// What a text is refused for: the header line, or else the detail.
std::string fault_of(const std::string& text) {
  const auto read = decode_snapshot(text);
  if (read) return "nothing";
  if (read.error().code() != ErrorCode::keys_unavailable ||
      read.error().reason() != ErrorReason::snapshot_rejected) {
    return "another code";
  }
  return std::string(read.error().subject().empty() ? read.error().detail()
                                                    : read.error().subject());
}

}  // namespace

TEST_CASE("a snapshot is written as its format says") {
  const std::string text = encode_snapshot(sample()).value();
  // By sha256sum.
  const std::string checksum = "10789cbf00f4868250fd1bcd4c30565fa0cfc04232d82263a4d955de450ffa26";
  CHECK(text == std::string(kFormat) + "sha256: " + checksum + "\n" + content());
}

TEST_CASE("what was written is read, and written again byte for byte") {
  StoredSnapshot empty = sample();
  empty.jwks_uri = empty.etag = empty.last_modified = "";
  empty.validated_at = empty.fresh_until = empty.stale_until = at(0);
  empty.document = document("");
  StoredSnapshot odd = sample();
  odd.issuer = " an issuer: with blanks and caf\xC3\xA9 ";
  odd.document = document(std::string("\n\nissuer: x\n\0\r\n", 14));
  for (const StoredSnapshot& written : {sample(), empty, odd}) {
    const std::string text = encode_snapshot(written).value();
    const auto read = decode_snapshot(text);
    REQUIRE(read);
    CHECK(read->issuer == written.issuer);
    CHECK(read->jwks_uri == written.jwks_uri);
    CHECK(read->validated_at == written.validated_at);
    CHECK(read->fresh_until == written.fresh_until);
    CHECK(read->stale_until == written.stale_until);
    CHECK(read->etag == written.etag);
    CHECK(read->last_modified == written.last_modified);
    CHECK(*read->document == *written.document);
    CHECK(encode_snapshot(*read).value() == text);
  }
}

TEST_CASE("every truncation, removal and change of a byte of a snapshot is noticed") {
  const std::string text = encode_snapshot(sample()).value();
  REQUIRE(decode_snapshot(text));
  std::size_t believed = 0;
  const auto present = [&](const std::string& spoiled) {
    if (decode_snapshot(spoiled)) ++believed;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    present(text.substr(0, i));
    std::string changed = text;
    present(changed.erase(i, 1));
    changed = text;
    for (int step = 1; step < 256; ++step) {
      changed[i] = static_cast<char>(text[i] + step);
      present(changed);
    }
  }
  for (const char more : {'\n', ' ', '\0'}) present(text + more);
  CHECK(believed == 0);
}

TEST_CASE("behind a right checksum too, there is one text for each content") {
  const std::string text = content();
  std::size_t believed = 0;
  std::size_t different = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    for (int step = 1; step < 256; ++step) {
      changed[i] = static_cast<char>(text[i] + step);
      const std::string whole = sealed(changed);
      const auto read = decode_snapshot(whole);
      if (!read) continue;
      ++believed;
      if (encode_snapshot(*read).value() != whole) ++different;
    }
  }
  CHECK(believed > 0);
  CHECK(different == 0);
}

TEST_CASE("a header that is not exactly as it must be is refused by its name") {
  REQUIRE(decode_snapshot(sealed(content())));
  const std::string etag = "etag: \"v7\"\n";
  const std::string validated = "validated_at: 1750000000000\n";
  const struct {
    std::string_view line;
    std::string instead;
    std::string_view fault;
  } rows[] = {
      {"issuer: ", "Issuer: ", "issuer"},
      {"issuer: ", "issuer:", "issuer"},
      {"issuer: ", "issuer : ", "issuer"},
      {"issuer: ", " issuer: ", "issuer"},
      {"issuer: ", "issuer: a\nissuer: ", "jwks_uri"},
      {"issuer: https://issuer.example\n", "", "issuer"},
      {"issuer.example\n", "issuer.example\r\n", "issuer"},
      {"issuer.example\n", std::string("issuer.example\0\n", 16), "issuer"},
      {"issuer.example\n", "issuer\x7f.example\n", "issuer"},
      {"issuer.example\n", "issuer.example/" + std::string(4096, 'x') + "\n", "issuer"},
      {validated, "", "validated_at"},
      {validated, "validated_at: \n", "validated_at"},
      {validated, "validated_at: 01750000000000\n", "validated_at"},
      {validated, "validated_at: +1750000000000\n", "validated_at"},
      {validated, "validated_at: -1\n", "validated_at"},
      {validated, "validated_at: -0\n", "validated_at"},
      {validated, "validated_at: 1750000000000 \n", "validated_at"},
      {validated, "validated_at:  1750000000000\n", "validated_at"},
      {validated, "validated_at: 1.75e12\n", "validated_at"},
      {validated, "validated_at: 0x10\n", "validated_at"},
      {validated, "validated_at: 253402300800000\n", "validated_at"},
      {validated, "validated_at: 9223372036854775808\n", "validated_at"},
      {validated, "validated_at: " + std::string(40, '9') + "\n", "validated_at"},
      {"fresh_until: ", "stale_until: ", "fresh_until"},
      {"stale_until: 1750003900000\n", "stale_until: never\n", "stale_until"},
      {etag, "", "etag"},
      {etag, etag + etag, "last_modified"},
      {etag, etag + "x-more: 1\n", "last_modified"},
      {etag, etag + "\n", "last_modified"},
      {"GMT\n\n", "GMT\n", "document"},
      {"GMT\n\n", "GMT\n \n", "document"},
      {"GMT\n\n", "GMT\nx-more: 1\n\n", "document"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.line, row.instead);
    CHECK(fault_of(sealed(with(row.line, row.instead))) == row.fault);
  }
}

TEST_CASE("what is no snapshot of this version is refused for that") {
  const std::string reason = "it is not a snapshot, or of another version";
  std::string other = sealed(content());
  other.replace(other.find('1'), 1, "2");
  CHECK(fault_of(other) == reason);
  CHECK(fault_of("") == reason);
  CHECK(fault_of("{\"keys\":[]}") == reason);
  CHECK(fault_of("\n" + sealed(content())) == reason);
  CHECK(fault_of("\xEF\xBB\xBF" + sealed(content())) == reason);
  CHECK(fault_of(std::string(kFormat)).find("damaged") != std::string::npos);
  CHECK(fault_of(sealed(content()) + "x").find("damaged") != std::string::npos);
}

TEST_CASE("a snapshot has its limits") {
  StoredSnapshot large = sample();
  large.document = document(std::string(jwks::JwkSet::kMaxBytes, 'x'));
  // With every other part as long as it may be.
  large.issuer = large.jwks_uri = large.etag = large.last_modified = std::string(4096, 'y');
  const auto text = encode_snapshot(large);
  REQUIRE(text);
  CHECK(text->size() <= StoredSnapshot::kMaxBytes);
  CHECK(decode_snapshot(*text));

  const std::string more(jwks::JwkSet::kMaxBytes + 1, 'x');
  CHECK(fault_of(sealed(std::string(kHeaders) + "\n" + more)) == "its document is too large");
  large.document = document(more);
  CHECK_FALSE(encode_snapshot(large));

  const std::string much(StoredSnapshot::kMaxBytes, 'x');
  CHECK(fault_of(sealed(std::string(kHeaders) + "\n" + much)) == "it is above 300 KiB");
  CHECK(fault_of(std::string(10'000'000, 'x')) == "it is above 300 KiB");
}

TEST_CASE("what can't stand in a header line is left out where that does no harm") {
  for (const std::string& bad :
       {std::string("\"a\"\r\nissuer: x"), std::string("a\0b", 3), std::string("a\tb"),
        std::string("\x1b[31m"), std::string(4097, 'x')}) {
    StoredSnapshot snapshot = sample();
    snapshot.etag = snapshot.last_modified = bad;
    const auto text = encode_snapshot(snapshot);
    REQUIRE(text);
    const auto read = decode_snapshot(*text);
    REQUIRE(read);
    CHECK(read->etag.empty());
    CHECK(read->last_modified.empty());
    CHECK(read->issuer == snapshot.issuer);

    // An empty issuer would be another one.
    snapshot.issuer = bad;
    CHECK_FALSE(encode_snapshot(snapshot));
    snapshot = sample();
    snapshot.jwks_uri = bad;
    CHECK_FALSE(encode_snapshot(snapshot));
  }
}

TEST_CASE("a time that is no time of day is not written") {
  for (const std::int64_t count : {std::int64_t{-1}, std::int64_t{253'402'300'800'000}}) {
    for (WallTime StoredSnapshot::* time :
         {&StoredSnapshot::validated_at, &StoredSnapshot::fresh_until,
          &StoredSnapshot::stale_until}) {
      StoredSnapshot snapshot = sample();
      snapshot.*time = at(count);
      CHECK_FALSE(encode_snapshot(snapshot));
    }
  }
}

TEST_CASE("no two key sets share a name in a store") {
  using jwks::source::snapshot_name;
  CHECK(snapshot_name("https://i", "") != snapshot_name("https://i", "https://i/jwks"));
  CHECK(snapshot_name("https://i https://u", "") != snapshot_name("https://i", "https://u"));
  CHECK(snapshot_name("https://i", "https://u") == snapshot_name("https://i", "https://u"));
}
