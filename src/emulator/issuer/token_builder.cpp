#include "emulator/issuer/token_builder.hpp"

#include <utility>

#include "base/base64url.hpp"
#include "emulator/issuer/members.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

Result<std::string> with_bit_flipped(std::string_view segment, std::size_t bit) {
  std::optional<std::string> bytes = base64url::decode(segment);
  if (!bytes || bytes->empty()) {
    return Error(ErrorCode::bad_config).about("flip_bit").because("the segment holds no bytes");
  }
  char& byte = (*bytes)[bit / 8 % bytes->size()];
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (0x80U >> bit % 8));
  return base64url::encode(*bytes);
}

}  // namespace

std::string numeric_date(std::chrono::sys_seconds time) {
  return std::to_string(time.time_since_epoch().count());
}

std::string numeric_date(std::chrono::system_clock::time_point time) {
  return numeric_date(std::chrono::floor<std::chrono::seconds>(time));
}

TokenBuilder& TokenBuilder::header(std::string_view name, std::string_view json) {
  set_member(header_, name, json);
  return *this;
}

TokenBuilder& TokenBuilder::claim(std::string_view name, std::string_view json) {
  set_member(claims_, name, json);
  return *this;
}

TokenBuilder& TokenBuilder::duplicate_header(std::string_view name, std::string_view json) {
  header_.emplace_back(name, json);
  return *this;
}

TokenBuilder& TokenBuilder::duplicate_claim(std::string_view name, std::string_view json) {
  claims_.emplace_back(name, json);
  return *this;
}

TokenBuilder& TokenBuilder::raw_header(std::string text) {
  raw_header_ = std::move(text);
  return *this;
}

TokenBuilder& TokenBuilder::raw_payload(std::string text) {
  raw_payload_ = std::move(text);
  return *this;
}

TokenBuilder& TokenBuilder::raw_segment(Segment segment, std::string characters) {
  raw_segments_[static_cast<std::size_t>(segment)] = std::move(characters);
  return *this;
}

TokenBuilder& TokenBuilder::sign_with(const SigningKey& key, std::optional<Algorithm> algorithm) {
  if (header_.empty()) {
    header("alg", json_quoted(to_string(key.algorithm())));
    header("kid", json_quoted(key.key_id()));
  }
  signer_ = [key, how = algorithm.value_or(key.algorithm())](std::string_view input) {
    return key.sign(how, input);
  };
  return *this;
}

TokenBuilder& TokenBuilder::sign_by(Signer signer) {
  signer_ = std::move(signer);
  return *this;
}

TokenBuilder& TokenBuilder::sign_with_der(const SigningKey& key,
                                          std::optional<Algorithm> algorithm) {
  sign_with(key, algorithm);
  signer_ = [key, how = algorithm.value_or(key.algorithm())](std::string_view input) {
    return key.sign_der(how, input);
  };
  return *this;
}

TokenBuilder& TokenBuilder::sign_hmac(unsigned digest_bits, std::string secret) {
  header("alg", json_quoted("HS" + std::to_string(digest_bits)));
  signer_ = [digest_bits, secret = std::move(secret)](std::string_view input) {
    return hmac(digest_bits, secret, input);
  };
  return *this;
}

TokenBuilder& TokenBuilder::signature(std::string bytes) {
  signer_ = [bytes = std::move(bytes)](std::string_view) { return Result<std::string>(bytes); };
  return *this;
}

TokenBuilder& TokenBuilder::change_signature(std::function<std::string(std::string)> change) {
  change_ = std::move(change);
  return *this;
}

TokenBuilder& TokenBuilder::flip_bit(Segment segment, std::size_t bit) {
  flip_ = {segment, bit};
  return *this;
}

std::string TokenBuilder::segment_text(Segment segment) const {
  if (const auto& raw = raw_segments_[static_cast<std::size_t>(segment)]) return *raw;
  return segment == Segment::header
             ? base64url::encode(raw_header_ ? *raw_header_ : object_text(header_))
             : base64url::encode(raw_payload_ ? *raw_payload_ : object_text(claims_));
}

Result<std::string> TokenBuilder::build() const {
  std::string segments[3] = {segment_text(Segment::header), segment_text(Segment::payload), {}};
  if (const auto& raw = raw_segments_[static_cast<std::size_t>(Segment::signature)]) {
    segments[2] = *raw;
  } else if (signer_) {
    Result<std::string> signature = signer_(segments[0] + '.' + segments[1]);
    if (!signature) return signature.error();
    segments[2] = base64url::encode(change_ ? change_(*signature) : *signature);
  }
  if (flip_) {
    std::string& segment = segments[static_cast<std::size_t>(flip_->first)];
    Result<std::string> flipped = with_bit_flipped(segment, flip_->second);
    if (!flipped) return flipped.error();
    segment = *flipped;
  }
  return segments[0] + '.' + segments[1] + '.' + segments[2];
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
