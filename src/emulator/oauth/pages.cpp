#include "emulator/oauth/pages.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

HttpResponse page(int status, std::string_view title, std::string_view content) {
  std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>";
  html += title;
  html += "</title></head>\n<body>\n<h1>";
  html += title;
  html += "</h1>\n";
  html += content;
  html += "</body>\n</html>\n";
  HttpResponse response{.status = status, .headers = {}, .body = std::move(html)};
  response
      .with("Content-Type", "text/html; charset=utf-8")
      // No form-action: browsers apply it to the redirect that follows, which leads to the client.
      .with("Content-Security-Policy",
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
      .with("X-Content-Type-Options", "nosniff")
      .with("Referrer-Policy", "no-referrer");
  return response;
}

std::string input(std::string_view type, std::string_view name, std::string_view value) {
  std::string html = "<input type=\"";
  html += type;
  html += "\" name=\"" + escape_html(name) + "\" value=\"" + escape_html(value) + "\">";
  return html;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      case '\r':  // a parser would read a line feed
        html += "&#13;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

HttpResponse error_page(std::string_view message) {
  return page(400, "This request can't be answered", "<p>" + escape_html(message) + "</p>\n");
}

HttpResponse login_page(const LoginPage& login) {
  // The request may be in the query: the form goes to the bare path, with all of it in the body.
  std::string form = "<p>Sign in to " + escape_html(login.client_name) + ".</p>\n";
  if (login.is_second_attempt) {
    form += "<p role=\"alert\">The e-mail address or the password is wrong.</p>\n";
  }
  form += "<form method=\"post\" action=\"authorize\">\n";
  for (const auto& [name, value] : login.carried) form += input("hidden", name, value) + '\n';
  form += "<p><label>E-mail " + input("text", kEmailField, login.email) + "</label></p>\n";
  form += "<p><label>Password " + input("password", kPasswordField, "") + "</label></p>\n";
  form += "<p><button>Sign in</button> <button name=\"" + std::string(kCancelField) +
          "\" value=\"1\">Cancel</button></p>\n</form>\n";
  return page(login.is_second_attempt ? 403 : 200, "jwks-emulator: sign in", form);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
