#include <algorithm>
#include <array>

#include "base/json_compare.h"
#include "base/json_reader.h"
#include "http/field_syntax.h"
#include "sim/rule.h"

namespace qamera::sim {
namespace {

constexpr std::array<std::string_view, 1> kCommit = {"commit"};

std::vector<NamedPattern> read_patterns(ObjectReader& when, std::string_view name) {
  std::vector<NamedPattern> patterns;
  const Json* value = when.object(name);
  if (!value) return patterns;
  for (const auto& [member, pattern] : value->items()) {
    if (pattern.is_string()) {
      patterns.push_back({member, pattern.get<std::string>()});
      continue;
    }
    when.errors().fail(child_pointer(when.pointer_to(name), member),
                       expected_got("a string in which * stands for any run of characters", pattern));
  }
  return patterns;
}

RuleCondition read_condition(ObjectReader& rule) {
  RuleCondition condition;
  rule.nested("when", [&](ObjectReader& when) {
    condition.operation = when.nonempty_string("operation");
    condition.method = when.nonempty_string("method");
    condition.path = when.nonempty_string("path");
    condition.query = read_patterns(when, "query");
    condition.headers = read_patterns(when, "headers");
    if (const Json* body = when.any("body")) condition.body = *body;
    condition.state = when.string("state");
    condition.occurrence = read_occurrence(when);
  });
  return condition;
}

/// Headers that say how the reply is sent, or what the server has to say of it.
constexpr std::array<std::string_view, 7> kServersOwn = {
    "Content-Length",       "Transfer-Encoding",     "Connection", "X-Correlation-Id", "X-Qamera-Mock-Request",
    "X-Qamera-Mock-Reason", "X-Qamera-Mock-Findings"};

/// A header's value; several in an array make as many fields.
void read_values(ReadErrors& errors, const std::string& pointer, const std::string& name, const Json& value,
                 std::vector<Header>& headers) {
  const bool several = value.is_array() && !value.empty();
  const Json& values = several ? value : Json::array({value});
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string at = several ? child_pointer(pointer, i) : pointer;
    const Json& text = values[i];
    if (!text.is_string()) {
      errors.fail(at, expected_got(several ? "a string" : "a string or an array of strings", text));
    } else if (const auto& field = text.get_ref<const std::string&>(); !http::is_field_value(field)) {
      errors.fail(at, "a header's value holds no control characters but tabs");
    } else {
      headers.push_back({name, field});
    }
  }
}

/// Header fields of a scripted reply. Anything that could end the field early is refused.
std::vector<Header> read_headers(ObjectReader& reader) {
  std::vector<Header> headers;
  const Json* value = reader.object("headers");
  if (!value) return headers;
  for (const auto& [name, text] : value->items()) {
    const std::string pointer = child_pointer(reader.pointer_to("headers"), name);
    // Named, since clang 14 does not let a lambda capture a structured binding.
    const auto is_name = [&own = name](std::string_view other) { return equal_ignoring_case(own, other); };
    if (std::any_of(kServersOwn.begin(), kServersOwn.end(), is_name)) {
      reader.errors().fail(pointer, "the server sets this header itself");
    } else if (!http::is_token(name)) {
      reader.errors().fail(pointer, "expected a header's name, got \"" + name + "\"");
    } else {
      read_values(reader.errors(), pointer, name, text, headers);
    }
  }
  return headers;
}

std::optional<Respond> read_respond(ObjectReader& rule) {
  Respond respond;
  const bool there = rule.nested("respond", [&](ObjectReader& reader) {
    reader.require("status");
    respond.status = static_cast<int>(reader.integer("status", 200, 599).value_or(200));
    respond.headers = read_headers(reader);
    const Json* body = reader.any("body");
    const auto text = reader.string("text");
    if (body && text) reader.fail("text", "\"body\" (JSON) and \"text\" exclude each other");
    if (body) respond.body = reader.written("body");
    if (text) respond.body = *text;
    const bool bodiless = respond.status == 204 || respond.status == 205 || respond.status == 304;
    if (bodiless && !respond.body.empty()) {
      reader.fail(body ? "body" : "text", "a reply with status " + std::to_string(respond.status) + " has no body");
    }
    const bool typed = std::any_of(respond.headers.begin(), respond.headers.end(),
                                   [](const Header& h) { return equal_ignoring_case(h.name, "Content-Type"); });
    if (!typed) respond.headers.push_back({"Content-Type", text ? "text/plain; charset=utf-8" : "application/json"});
  });
  return there ? std::optional(std::move(respond)) : std::nullopt;
}

/// The rule as a document that reads back the same: a body whose order of members would be lost is a text in it.
Json document_of(const Json& written, const Rule& rule) {
  Json document = written;
  if (!rule.respond || !written["respond"].contains("body")) return document;
  Json& respond = document["respond"];
  if (dump_json(respond["body"]) == rule.respond->body) return document;
  respond.erase("body");
  respond["text"] = rule.respond->body;
  const Json headers = respond.value("headers", Json::object());
  const bool typed = std::any_of(headers.items().begin(), headers.items().end(),
                                 [](const auto& header) { return equal_ignoring_case(header.key(), "Content-Type"); });
  if (!typed) respond["headers"]["Content-Type"] = "application/json";
  return document;
}

std::optional<Alteration> read_alteration(ObjectReader& rule) {
  Alteration alteration;
  const bool there = rule.nested("alter", [&](ObjectReader& reader) {
    if (auto status = reader.integer("status", 200, 599)) alteration.status = static_cast<int>(*status);
    alteration.headers = read_headers(reader);
  });
  return there ? std::optional(std::move(alteration)) : std::nullopt;
}

/// RFC 6901: "" or tokens that each follow a slash, in which `~` stands only as `~0` and `~1`.
bool is_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') return false;
  for (auto tilde = text.find('~'); tilde != std::string_view::npos; tilde = text.find('~', tilde + 1)) {
    if (tilde + 1 == text.size() || (text[tilde + 1] != '0' && text[tilde + 1] != '1')) return false;
  }
  return true;
}

std::optional<Json> read_patch(ObjectReader& rule) {
  const Json* list = rule.array("patch");
  if (!list) return std::nullopt;
  if (list->size() > kMaxPatchSteps) {
    rule.fail("patch",
              "expected at most " + std::to_string(kMaxPatchSteps) + " steps, got " + std::to_string(list->size()));
  } else if (const std::size_t bytes = dump_json(*list).size(); bytes > kMaxPatchBytes) {
    rule.fail("patch", "expected steps of at most " + std::to_string(kMaxPatchBytes) + " bytes together, got " +
                           std::to_string(bytes));
  }
  constexpr std::array<std::string_view, 6> kOps = {"add", "remove", "replace", "move", "copy", "test"};
  constexpr std::array<std::string_view, 6> kAlsoNeeded = {"value", "", "value", "from", "from", "value"};
  rule.each("patch", [&](const Json& operation, const std::string& pointer) {
    ObjectReader step(rule.errors(), operation, pointer);
    step.require({"op", "path"});
    const auto op = step.choice("op", kOps);
    for (std::string_view name : {"path", "from"}) {
      const auto path = step.string(name);
      if (path && !is_pointer(*path)) {
        step.fail(name, "expected a JSON Pointer such as \"/models/0/thumbnail\", got \"" + *path + "\"");
      }
    }
    step.any("value");
    if (op && !kAlsoNeeded[*op].empty()) step.require(kAlsoNeeded[*op]);
    step.finish();
  });
  return *list;
}

/// One row a kind: its name, whether the client can get a whole reply in spite of it, and how its members are read.
struct FaultRow {
  std::string_view kind;
  bool reply_arrives;
  Fault (*read)(ObjectReader&);
};

Duration read_every(ObjectReader& reader) {
  const Duration every = reader.duration("every").value_or(Duration(100));
  if (every.count() == 0) reader.fail("every", "expected a duration above zero, got \"0s\"");
  return every;
}

constexpr std::array kFaults = {
    FaultRow{"connection-reset", false, [](ObjectReader&) -> Fault { return fault::ConnectionReset{}; }},
    FaultRow{"empty-response", false, [](ObjectReader&) -> Fault { return fault::EmptyResponse{}; }},
    FaultRow{"truncated-body", false,
             [](ObjectReader& reader) -> Fault {
               return fault::TruncatedBody{reader.number("keep", 0, 0.999).value_or(0.5)};
             }},
    FaultRow{"malformed-chunk", false, [](ObjectReader&) -> Fault { return fault::MalformedChunk{}; }},
    FaultRow{"garbage", false,
             [](ObjectReader& reader) -> Fault {
               return fault::Garbage{static_cast<std::size_t>(reader.integer("bytes", 1, 1'000'000).value_or(64)), 0};
             }},
    FaultRow{"stall", false, [](ObjectReader&) -> Fault { return fault::Stall{}; }},
    FaultRow{"slow-headers", true,
             [](ObjectReader& reader) -> Fault { return fault::SlowHeaders{read_every(reader)}; }},
    FaultRow{"slow-body", true,
             [](ObjectReader& reader) -> Fault {
               const auto bytes = static_cast<std::size_t>(reader.integer("bytes", 1, 1'000'000).value_or(1));
               return fault::SlowBody{read_every(reader), bytes};
             }},
};

constexpr std::array kFaultKinds = [] {
  std::array<std::string_view, kFaults.size()> kinds{};
  std::transform(kFaults.begin(), kFaults.end(), kinds.begin(), [](const FaultRow& row) { return row.kind; });
  return kinds;
}();

std::optional<FaultAction> read_fault(ObjectReader& rule) {
  std::optional<FaultAction> action;
  rule.nested("fault", [&](ObjectReader& reader) {
    reader.require("kind");
    const auto kind = reader.choice("kind", kFaultKinds);
    const auto before = reader.choice("before", kCommit);
    const auto after = reader.choice("after", kCommit);
    if (before && after) reader.fail("after", "\"before\" and \"after\" exclude each other");
    if (!kind) return;
    const FaultRow& row = kFaults[*kind];
    if (row.reply_arrives && before) {
      reader.fail("before",
                  "\"" + std::string(row.kind) + "\" delivers the whole reply, so it always follows the commit");
    }
    action = {std::string(row.kind), row.read(reader), after || row.reply_arrives ? Commit::kAfter : Commit::kBefore};
  });
  return action;
}

std::optional<std::size_t> read_throttle(ObjectReader& rule) {
  const auto rate = rule.integer("throttle", 1, 1'000'000'000);
  return rate ? std::optional(static_cast<std::size_t>(*rate)) : std::nullopt;
}

}  // namespace

std::span<const std::string_view> fault_kinds() { return kFaultKinds; }

Rule read_rule(ReadErrors& errors, const Json& value, std::string pointer, std::string fallback_name) {
  ObjectReader reader(errors, value, std::move(pointer));
  Rule rule;
  rule.name = reader.nonempty_string("name").value_or(std::move(fallback_name));
  reader.string("description");
  rule.when = read_condition(reader);
  // `whenState` is another spelling of `when.state`.
  if (auto state = reader.string("whenState")) {
    if (rule.when.state) reader.fail("whenState", "\"when.state\" says this already");
    rule.when.state = std::move(state);
  }
  rule.respond = read_respond(reader);
  rule.patch = read_patch(reader);
  rule.alter = read_alteration(reader);
  rule.delay = read_distribution(reader, "delay");
  rule.throttle = read_throttle(reader);
  rule.fault = read_fault(reader);
  rule.set_state = reader.string("setState");
  const bool acts =
      rule.respond || rule.patch || rule.alter || rule.delay || rule.throttle || rule.fault || rule.set_state;
  reader.finish();
  if (auto inexact = refuse_inexact_numbers(value, reader.pointer())) errors.fail(*std::move(inexact));
  if (!acts && errors.ok()) {
    errors.fail(reader.pointer(),
                "expected at least one of respond, patch, alter, delay, throttle, fault and setState");
  }
  rule.document = errors.ok() ? document_of(value, rule) : value;
  if (rule.document != value) rule.written = errors.written().text_of(reader.pointer(), value);
  return rule;
}

}  // namespace qamera::sim
