#include "sim/record.h"

#include <utility>

#include "http/asset_url.h"

namespace qamera::sim {
namespace {

void add(std::string& out, std::string_view name, std::string_view value) {
  out.append(out.empty() ? "{\"" : ",\"").append(name).append("\":");
  append_json_string(out, value);
}

/// The same for a URL. Where a base belongs in front of it: `out` gets what follows that.
std::uint32_t add_url(std::string& out, std::string_view name, std::string_view url) {
  const bool is_ours = is_asset_path(url);
  const std::size_t start = out.size() + name.size() + std::string_view(R"(,"":")").size();
  add(out, name, is_ours ? url.substr(kAssetRoot.size()) : url);
  return is_ours ? static_cast<std::uint32_t>(start) : 0;
}

struct TextMember {
  std::string_view name;
  std::string Record::*member;
};
constexpr std::array<TextMember, 9> kTextMembers = {{{"id", &Record::id},
                                                     {"name", &Record::name},
                                                     {"thumbnail", &Record::thumbnail},
                                                     {"videoUrl", &Record::video_url},
                                                     {"productId", &Record::product_id},
                                                     {"label", &Record::label},
                                                     {"guidelines", &Record::guidelines},
                                                     {"quantityGuidelines", &Record::quantity_guidelines},
                                                     {"qualityGuidelines", &Record::quality_guidelines}}};

}  // namespace

Voting read_voting(ObjectReader& reader, std::string_view name) {
  const Json* given = reader.any(name);
  if (!given || given->is_null()) return Voting::kNone;
  const auto vote = reader.choice(name, std::span(kNames<Voting>).subspan(1));
  return vote ? static_cast<Voting>(*vote + 1) : Voting::kNone;
}

void render(Record& record, std::string_view failed_status) {
  std::string out;
  out.reserve(320);
  record.base_places = {};
  add(out, "id", record.id);
  add(out, "name", record.name);
  if (record.kind == RecordKind::kPreset) {
    add(out, "guidelines", record.guidelines);
    add(out, "quantityGuidelines", record.quantity_guidelines);
    add(out, "qualityGuidelines", record.quality_guidelines);
  } else {
    record.base_places[0] = add_url(out, "thumbnail", record.thumbnail);
    if (collection_of(record.kind) == Collection::kVideos) {
      record.base_places[1] = add_url(out, "videoUrl", record.video_url);
    }
    add(out, "status", record.status == RecordStatus::kFailed ? failed_status : name_of(record.status));
    if (record.kind != RecordKind::kProduct) {
      if (record.voting == Voting::kNone)
        out += ",\"voting\":null";
      else
        add(out, "voting", name_of(record.voting));
    }
  }
  add(out, "createdAt", format_instant(record.created_at));
  out.push_back('}');
  out.shrink_to_fit();
  record.json = std::move(out);
}

void append_shown(std::string& out, const Record& record, std::string_view asset_base) {
  std::size_t from = 0;
  for (const std::uint32_t place : record.base_places) {
    if (place == 0) continue;
    out.append(record.json, from, place - from).append(asset_base);
    from = place;
  }
  out.append(record.json, from, std::string::npos);
}

Json record_to_json(const Record& record) {
  Json value = {{"kind", name_of(record.kind)},
                {"status", name_of(record.status)},
                {"voting", record.voting == Voting::kNone ? Json() : Json(name_of(record.voting))},
                {"archived", record.archived},
                {"createdAt", format_instant(record.created_at)}};
  for (const TextMember& text : kTextMembers) {
    if (!(record.*text.member).empty()) value[std::string(text.name)] = record.*text.member;
  }
  return value;
}

Result<Record> record_from_json(const Json& value, const std::string& pointer) {
  ReadErrors errors;
  ObjectReader reader(errors, value, pointer);
  Record record;
  reader.require({"id", "kind", "createdAt"});
  record.kind = reader.enumeration<RecordKind>("kind").value_or(record.kind);
  record.status = reader.enumeration<RecordStatus>("status").value_or(record.status);
  record.voting = read_voting(reader, "voting");
  record.archived = reader.boolean("archived").value_or(false);
  record.created_at = reader.instant("createdAt").value_or(Instant());
  for (const TextMember& text : kTextMembers) {
    record.*text.member = reader.string(text.name).value_or(std::string());
  }
  reader.finish();
  if (!errors.ok()) return errors.error();
  if (record.id.empty()) return Error{ErrorCode::kInvalid, "expected a non-empty string, got \"\"", pointer + "/id"};
  return record;
}

}  // namespace qamera::sim
