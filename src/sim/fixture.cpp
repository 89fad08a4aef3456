#include "sim/fixture.h"

#include <algorithm>

#include "base/json_reader.h"

namespace qamera::sim {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::array<std::string_view, 8> kPrefixes = {"rec_product_", "model_", "scenery_", "img_",
                                                       "ps_",          "vid_",   "reel_",    "preset_"};
constexpr std::array<std::string_view, 8> kNames = {
    "Product {n}",      "Model {n}",       "Scenery {n}", "{product} — Variant {n}", "{product} — Packshot {n}",
    "{source} — Video", "{source} — Reel", "Preset {n}"};
constexpr std::array<std::string_view, 8> kFolders = {"products",  "models", "sceneries", "images",
                                                      "packshots", "videos", "reels",     "presets"};
constexpr std::array<std::string_view, 3> kVotes = {"APPROVED", "REJECTED"};
constexpr std::array<std::string_view, 3> kStatuses = {"INPROGRESS", "DONE", "FAILED"};

void set_defaults(Fixture& fixture) {
  const std::string cdn = "https://cdn.example.com/";
  for (std::size_t kind = 0; kind < kRecordKindCount; ++kind) {
    fixture.ids[kind].prefix = kPrefixes[kind];
    fixture.names[kind] = kNames[kind];
    fixture.urls[kind].thumbnail = cdn + std::string(kFolders[kind]) + "/thumb_{suffix}.jpg";
    fixture.urls[kind].video_url = cdn + std::string(kFolders[kind]) + "/{id}.mp4";
  }
}

std::vector<std::string> read_strings(ObjectReader& reader, std::string_view name) {
  std::vector<std::string> out;
  const Json* list = reader.array(name);
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    std::string pointer = reader.pointer_to(name);
    append_pointer(pointer, i);
    const Json& item = (*list)[i];
    if (item.is_string() && !item.get_ref<const std::string&>().empty())
      out.push_back(item.get<std::string>());
    else
      reader.errors().fail(pointer, expected_got("a non-empty string", item));
  }
  return out;
}

void read_token_plan(ObjectReader& ids, std::string_view name, TokenPlan& plan) {
  const Json* value = ids.object(name);
  if (!value) return;
  ObjectReader reader(ids.errors(), *value, ids.pointer_to(name));
  plan.prefix = reader.string("prefix").value_or(plan.prefix);
  plan.given = read_strings(reader, "given");
  reader.finish();
}

void read_ids(ObjectReader& document, Fixture& fixture) {
  const Json* value = document.object("ids");
  if (!value) return;
  ObjectReader ids(document.errors(), *value, document.pointer_to("ids"));
  for (std::size_t kind = 0; kind < kRecordKindCount; ++kind) {
    const Json* entry = ids.object(kRecordKindNames[kind]);
    if (!entry) continue;
    ObjectReader reader(ids.errors(), *entry, ids.pointer_to(kRecordKindNames[kind]));
    IdPlan& plan = fixture.ids[kind];
    plan.prefix = reader.nonempty_string("prefix").value_or(plan.prefix);
    plan.first = static_cast<std::uint64_t>(reader.integer("first", 0, 999'999'999).value_or(1));
    plan.width = static_cast<int>(reader.integer("width", 1, 12).value_or(3));
    plan.given = read_strings(reader, "given");
    reader.finish();
  }
  read_token_plan(ids, "batch", fixture.batch);
  read_token_plan(ids, "order", fixture.order);
  read_token_plan(ids, "reservation", fixture.reservation);
  ids.finish();
}

void read_names(ObjectReader& document, Fixture& fixture) {
  const Json* value = document.object("names");
  if (!value) return;
  ObjectReader names(document.errors(), *value, document.pointer_to("names"));
  for (std::size_t kind = 0; kind < kRecordKindCount; ++kind) {
    fixture.names[kind] = names.nonempty_string(kRecordKindNames[kind]).value_or(fixture.names[kind]);
  }
  names.finish();
}

void read_urls(ObjectReader& document, Fixture& fixture) {
  const Json* value = document.object("urls");
  if (!value) return;
  ObjectReader urls(document.errors(), *value, document.pointer_to("urls"));
  for (std::size_t kind = 0; kind < kRecordKindCount; ++kind) {
    if (static_cast<RecordKind>(kind) == RecordKind::kPreset) continue;  // has no pictures
    const Json* entry = urls.object(kRecordKindNames[kind]);
    if (!entry) continue;
    ObjectReader reader(urls.errors(), *entry, urls.pointer_to(kRecordKindNames[kind]));
    UrlPlan& plan = fixture.urls[kind];
    plan.thumbnail = reader.string("thumbnail").value_or(plan.thumbnail);
    if (collection_of(static_cast<RecordKind>(kind)) == Collection::kVideos) {
      plan.video_url = reader.string("videoUrl").value_or(plan.video_url);
    }
    reader.finish();
  }
  urls.finish();
}

ExpectedRecord read_expected_record(ReadErrors& errors, const Json& value, std::string pointer) {
  ObjectReader reader(errors, value, std::move(pointer));
  ExpectedRecord record;
  reader.require("id");
  record.id = reader.nonempty_string("id").value_or(std::string());
  record.name = reader.string("name").value_or(std::string());
  record.thumbnail = reader.string("thumbnail").value_or(std::string());
  record.video_url = reader.string("videoUrl").value_or(std::string());
  record.polls = reader.integer("polls", 0, 1'000'000);
  record.fails = reader.choice("status", std::span(kStatuses).subspan(1)).value_or(0) == 1;
  if (record.fails && !record.polls) reader.fail("polls", "expected with \"status\": when the record fails");
  reader.finish();
  return record;
}

void read_expected(ObjectReader& document, Fixture& fixture) {
  const Json* value = document.object("expected");
  if (!value) return;
  ObjectReader kinds(document.errors(), *value, document.pointer_to("expected"));
  for (std::size_t kind = 0; kind < kRecordKindCount; ++kind) {
    const Json* list = kinds.array(kRecordKindNames[kind]);
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      std::string pointer = kinds.pointer_to(kRecordKindNames[kind]);
      append_pointer(pointer, i);
      ExpectedRecord record = read_expected_record(document.errors(), (*list)[i], pointer);
      if (!fixture.expected_index.try_emplace(record.id, fixture.expected[kind].size()).second) {
        document.errors().fail(pointer + "/id", "the id \"" + record.id + "\" is expected already");
      }
      fixture.expected[kind].push_back(std::move(record));
    }
  }
  kinds.finish();
}

void read_failed(ObjectReader& document, Fixture& fixture) {
  const Json* value = document.object("failed");
  if (!value) return;
  ObjectReader reader(document.errors(), *value, document.pointer_to("failed"));
  fixture.failed_status = reader.nonempty_string("status").value_or(fixture.failed_status);
  fixture.failed_thumbnail = reader.string("thumbnail").value_or(std::string());
  reader.finish();
}

void read_preset(ObjectReader& reader, Record& record) {
  record.guidelines = reader.string("guidelines").value_or(std::string());
  record.quantity_guidelines = reader.string("quantityGuidelines").value_or(std::string());
  record.quality_guidelines = reader.string("qualityGuidelines").value_or(std::string());
}

void read_generated(ObjectReader& reader, const Fixture& fixture, Record& record) {
  if (auto status = reader.choice("status", kStatuses)) {
    constexpr std::array<RecordStatus, 3> kValues = {RecordStatus::kInProgress, RecordStatus::kDone,
                                                     RecordStatus::kFailed};
    record.status = kValues[*status];
  }
  if (const Json* voting = reader.any("voting"); voting && !voting->is_null()) {
    if (auto vote = reader.choice("voting", std::span(kVotes).first(2))) {
      record.voting = *vote == 0 ? Voting::kApproved : Voting::kRejected;
      record.archived = *vote == 1;
    }
  }
  if (record.kind == RecordKind::kImage || record.kind == RecordKind::kPackshot) {
    record.product_id = reader.nonempty_string("productId").value_or(std::string());
  }
  if (record.kind == RecordKind::kVideo) {
    constexpr std::array<std::string_view, 2> kVideoKinds = {"video", "reel"};
    if (auto kind = reader.choice("kind", kVideoKinds); kind && *kind == 1) record.kind = RecordKind::kReel;
    Record filled = record;
    if (record.status == RecordStatus::kDone) fill_urls(fixture, filled);
    record.video_url = reader.string("videoUrl").value_or(filled.video_url);
  }
}

Record read_record(ReadErrors& errors, const Json& value, std::string pointer, RecordKind kind,
                   const Fixture& fixture) {
  ObjectReader reader(errors, value, std::move(pointer));
  Record record;
  record.kind = kind;
  for (std::string_view name : {"id", "name", "createdAt"}) reader.require(name);
  record.id = reader.nonempty_string("id").value_or(std::string());
  record.name = reader.string("name").value_or(std::string());
  record.created_at = reader.instant("createdAt").value_or(Instant());
  if (kind == RecordKind::kPreset) {
    read_preset(reader, record);
  } else {
    const auto thumbnail = reader.string("thumbnail");
    if (kind == RecordKind::kProduct) {
      record.status = RecordStatus::kUploaded;
      constexpr std::array<std::string_view, 1> kUploaded = {"UPLOADED"};
      reader.choice("status", kUploaded);
      record.label = reader.nonempty_string("label").value_or(std::string());
    } else {
      read_generated(reader, fixture, record);
    }
    if (thumbnail)
      record.thumbnail = *thumbnail;
    else if (record.status == RecordStatus::kDone || record.status == RecordStatus::kUploaded) {
      std::string url = record.video_url;
      fill_urls(fixture, record);
      record.video_url = std::move(url);
    }
  }
  reader.finish();
  return record;
}

bool add_record(Fixture& fixture, Collection collection, Record record) {
  auto& list = fixture.records[static_cast<std::size_t>(collection)];
  if (!fixture.index.try_emplace(record.id, RecordPlace{collection, list.size()}).second) return false;
  render(record, fixture.failed_status);
  list.push_back(std::make_shared<const Record>(std::move(record)));
  return true;
}

void read_records(ObjectReader& document, Fixture& fixture, RecordKind kind) {
  const Collection collection = collection_of(kind);
  const Json* list = document.array(name_of(collection));
  for (std::size_t i = 0; list && i < list->size() && document.errors().ok(); ++i) {
    std::string pointer = document.pointer_to(name_of(collection));
    append_pointer(pointer, i);
    Record record = read_record(document.errors(), (*list)[i], pointer, kind, fixture);
    if (!document.errors().ok()) return;
    const std::string id = record.id;
    if (!add_record(fixture, collection, std::move(record))) {
      document.errors().fail(pointer + "/id", "the id \"" + id + "\" is in the fixture already");
    }
  }
}

/// Records that differ only in number, a second apart, ending where the listed ones of a fresh account would begin.
void generate(Fixture& fixture, RecordKind kind, std::int64_t count) {
  const Instant start = *parse_instant("2026-01-01T00:00:00.000Z");
  const IdPlan& plan = fixture.ids[static_cast<std::size_t>(kind)];
  std::uint64_t number = plan.first;
  for (std::int64_t n = 1; n <= count; ++n) {
    Record record;
    record.kind = kind;
    do record.id = numbered_id(plan, number++);
    while (fixture.index.contains(record.id));
    record.name = std::string(name_of(kind)) + " " + std::to_string(n);
    record.name[0] = static_cast<char>(record.name[0] - 'a' + 'A');
    record.created_at = start + seconds(n);
    record.status = kind == RecordKind::kProduct ? RecordStatus::kUploaded : RecordStatus::kDone;
    if (kind != RecordKind::kProduct && kind != RecordKind::kPreset && n % 2 == 0) record.voting = Voting::kApproved;
    fill_urls(fixture, record);
    add_record(fixture, collection_of(kind), std::move(record));
  }
}

void read_generate(ObjectReader& document, Fixture& fixture) {
  const Json* value = document.object("generate");
  if (!value) return;
  ObjectReader reader(document.errors(), *value, document.pointer_to("generate"));
  std::array<std::int64_t, kCollectionCount> counts{};
  for (std::size_t i = 0; i < kCollectionCount; ++i) {
    counts[i] = reader.integer(kCollectionNames[i], 0, kMaxGenerated).value_or(0);
  }
  reader.finish();
  if (!document.errors().ok()) return;
  for (RecordKind kind : {RecordKind::kProduct, RecordKind::kModel, RecordKind::kScenery, RecordKind::kImage,
                          RecordKind::kPackshot, RecordKind::kVideo, RecordKind::kPreset}) {
    generate(fixture, kind, counts[static_cast<std::size_t>(collection_of(kind))]);
  }
}

}  // namespace

std::string expand(std::string_view text, std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
  std::string out;
  constexpr std::size_t kUsualGrowth = 48;
  out.reserve(text.size() + kUsualGrowth);
  while (!text.empty()) {
    const auto open = std::min(text.find('{'), text.size());
    out.append(text.substr(0, open));
    text.remove_prefix(open);
    const auto close = text.find('}');
    if (close == std::string_view::npos) return out.append(text);
    const std::string_view name = text.substr(1, close - 1);
    const auto found = std::find_if(values.begin(), values.end(), [&](const auto& v) { return v.first == name; });
    if (found != values.end()) {
      out.append(found->second);
      text.remove_prefix(close + 1);
    } else {
      out.push_back('{');
      text.remove_prefix(1);
    }
  }
  return out;
}

void fill_urls(const Fixture& fixture, Record& record) {
  const UrlPlan& plan = fixture.urls[static_cast<std::size_t>(record.kind)];
  const auto underscore = record.id.rfind('_');
  const std::string_view suffix =
      std::string_view(record.id).substr(underscore == std::string::npos ? 0 : underscore + 1);
  record.thumbnail = expand(plan.thumbnail, {{"id", record.id}, {"suffix", suffix}});
  if (collection_of(record.kind) == Collection::kVideos) {
    record.video_url = expand(plan.video_url, {{"id", record.id}, {"suffix", suffix}});
  }
  const ExpectedRecord* expected = fixture.find_expected(record.kind, record.id);
  if (!expected) return;
  if (!expected->thumbnail.empty()) record.thumbnail = expected->thumbnail;
  if (!expected->video_url.empty()) record.video_url = expected->video_url;
}

const ExpectedRecord* Fixture::find_expected(RecordKind kind, std::string_view id) const {
  const auto found = expected_index.find(id);
  return found == expected_index.end() ? nullptr : &expected[static_cast<std::size_t>(kind)][found->second];
}

std::string numbered_id(const IdPlan& plan, std::uint64_t number) {
  std::string digits = std::to_string(number);
  const auto width = static_cast<std::size_t>(plan.width);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return plan.prefix + digits;
}

namespace {

/// Workspaces that leave a small collection alone share its listing.
void write_listings(Fixture& fixture) {
  constexpr std::size_t kMaxShared = 256;
  for (std::size_t i = 0; i < kCollectionCount; ++i) {
    if (fixture.records[i].size() > kMaxShared) continue;
    std::string body;
    std::size_t count = 0;
    open_listing(body, static_cast<Collection>(i));
    for (const RecordPtr& record : fixture.records[i]) {
      if (!shows({}, *record)) continue;
      body.append(count++ > 0 ? "," : "").append(record->json);
    }
    close_listing(body, count);
    body.shrink_to_fit();
    fixture.listings[i] = std::make_shared<const std::string>(std::move(body));
  }
}

}  // namespace

Result<FixturePtr> parse_fixture(const Json& document) {
  ReadErrors errors;
  auto fixture = std::make_shared<Fixture>();
  set_defaults(*fixture);
  ObjectReader reader(errors, document, "");
  reader.require("name");
  fixture->name = reader.nonempty_string("name").value_or(std::string());
  fixture->description = reader.string("description").value_or(std::string());
  read_ids(reader, *fixture);
  read_names(reader, *fixture);
  read_urls(reader, *fixture);
  read_expected(reader, *fixture);
  read_failed(reader, *fixture);
  for (RecordKind kind : {RecordKind::kProduct, RecordKind::kModel, RecordKind::kScenery, RecordKind::kImage,
                          RecordKind::kPackshot, RecordKind::kVideo, RecordKind::kPreset}) {
    read_records(reader, *fixture, kind);
  }
  read_generate(reader, *fixture);
  reader.finish();
  if (!errors.ok()) return errors.error();
  write_listings(*fixture);
  return FixturePtr(std::move(fixture));
}

}  // namespace qamera::sim
