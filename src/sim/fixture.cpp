#include "sim/fixture.h"

#include <algorithm>

#include "base/json_reader.h"
#include "http/message.h"

namespace qamera::sim {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr PerKind<std::string_view> kPrefixes = {"rec_product_", "model_", "scenery_", "img_",
                                                 "ps_",          "vid_",   "reel_",    "preset_"};
constexpr PerKind<std::string_view> kTemplates = {
    "Product {n}",      "Model {n}",       "Scenery {n}", "{product} — Variant {n}", "{product} — Packshot {n}",
    "{source} — Video", "{source} — Reel", "Preset {n}"};
/// Of what is generated, from the second on.
constexpr std::span<const std::string_view> kGeneratedStatuses = std::span(kNames<RecordStatus>).subspan(1);

void set_defaults(Fixture& fixture) {
  for (const RecordKind kind : kAll<RecordKind>) {
    fixture.ids[kind].prefix = kPrefixes[kind];
    fixture.names[kind] = kTemplates[kind];
    const std::string folder = std::string(kAssetRoot).append(kAssetFolders[kind]);
    fixture.urls[kind].thumbnail = folder + "/thumb_{suffix}.jpg";
    fixture.urls[kind].video_url = folder + "/{id}.mp4";
  }
}

std::vector<std::string> read_given(ObjectReader& plan) {
  return plan.strings("given", "a non-empty string", 1).value_or(std::vector<std::string>());
}

void read_token_plan(ObjectReader& ids, std::string_view name, TokenPlan& plan) {
  ids.nested(name, [&](ObjectReader& reader) {
    plan.prefix = reader.string("prefix").value_or(plan.prefix);
    plan.given = read_given(reader);
  });
}

void read_ids(ObjectReader& ids, Fixture& fixture) {
  for (const RecordKind kind : kAll<RecordKind>) {
    ids.nested(name_of(kind), [&](ObjectReader& reader) {
      IdPlan& plan = fixture.ids[kind];
      plan.prefix = reader.nonempty_string("prefix").value_or(plan.prefix);
      plan.first = static_cast<std::uint64_t>(reader.integer("first", 0, 999'999'999).value_or(1));
      plan.width = static_cast<int>(reader.integer("width", 1, 12).value_or(3));
      plan.given = read_given(reader);
    });
  }
  read_token_plan(ids, "batch", fixture.batch);
  read_token_plan(ids, "order", fixture.order);
  read_token_plan(ids, "reservation", fixture.reservation);
}

void read_names(ObjectReader& names, Fixture& fixture) {
  for (const RecordKind kind : kAll<RecordKind>) {
    fixture.names[kind] = names.nonempty_string(name_of(kind)).value_or(fixture.names[kind]);
  }
}

void read_urls(ObjectReader& urls, Fixture& fixture) {
  for (const RecordKind kind : kAll<RecordKind>) {
    if (kind == RecordKind::kPreset) continue;  // has no pictures
    urls.nested(name_of(kind), [&](ObjectReader& reader) {
      UrlPlan& plan = fixture.urls[kind];
      plan.thumbnail = reader.string("thumbnail").value_or(plan.thumbnail);
      if (collection_of(kind) == Collection::kVideos) {
        plan.video_url = reader.string("videoUrl").value_or(plan.video_url);
      }
    });
  }
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
  record.fails = reader.choice("status", kGeneratedStatuses.subspan(1)).value_or(0) == 1;
  if (record.fails && !record.polls) reader.fail("polls", "expected with \"status\": when the record fails");
  reader.finish();
  return record;
}

void read_expected(ObjectReader& kinds, Fixture& fixture) {
  for (const RecordKind kind : kAll<RecordKind>) {
    kinds.each(name_of(kind), [&](const Json& written, const std::string& pointer) {
      ExpectedRecord record = read_expected_record(kinds.errors(), written, pointer);
      if (!fixture.expected_index.try_emplace(record.id, fixture.expected[kind].size()).second) {
        kinds.errors().fail(pointer + "/id", "the id \"" + record.id + "\" is expected already");
      }
      fixture.expected[kind].push_back(std::move(record));
    });
  }
}

void read_failed(ObjectReader& failed, Fixture& fixture) {
  fixture.failed_status = failed.nonempty_string("status").value_or(fixture.failed_status);
  fixture.failed_thumbnail = failed.string("thumbnail").value_or(std::string());
}

void read_preset(ObjectReader& reader, Record& record) {
  record.guidelines = reader.string("guidelines").value_or(std::string());
  record.quantity_guidelines = reader.string("quantityGuidelines").value_or(std::string());
  record.quality_guidelines = reader.string("qualityGuidelines").value_or(std::string());
}

void read_generated(ObjectReader& reader, const Fixture& fixture, Record& record) {
  if (auto status = reader.choice("status", kGeneratedStatuses)) record.status = static_cast<RecordStatus>(*status + 1);
  record.voting = read_voting(reader, "voting");
  record.archived = record.voting == Voting::kRejected;
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
  reader.require({"id", "name", "createdAt"});
  record.id = reader.nonempty_string("id").value_or(std::string());
  record.name = reader.string("name").value_or(std::string());
  record.created_at = reader.instant("createdAt").value_or(Instant());
  if (kind == RecordKind::kPreset) {
    read_preset(reader, record);
  } else {
    const auto thumbnail = reader.string("thumbnail");
    if (kind == RecordKind::kProduct) {
      record.status = RecordStatus::kUploaded;
      reader.choice("status", std::span(kNames<RecordStatus>).first(1));
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
  auto& list = fixture.records[collection];
  if (!fixture.index.try_emplace(record.id, RecordPlace{collection, list.size()}).second) return false;
  render(record, fixture.failed_status);
  list.push_back(std::make_shared<const Record>(std::move(record)));
  return true;
}

void read_records(ObjectReader& document, Fixture& fixture, RecordKind kind) {
  const Collection collection = collection_of(kind);
  document.each(name_of(collection), [&](const Json& written, const std::string& pointer) {
    Record record = read_record(document.errors(), written, pointer, kind, fixture);
    if (!document.errors().ok()) return;
    const std::string id = record.id;
    if (!add_record(fixture, collection, std::move(record))) {
      document.errors().fail(pointer + "/id", "the id \"" + id + "\" is in the fixture already");
    }
  });
}

/// Records that differ only in number, a second apart, ending where the listed ones of a fresh account would begin.
void generate(Fixture& fixture, RecordKind kind, std::int64_t count) {
  const Instant start = *parse_instant("2026-01-01T00:00:00.000Z");
  const IdPlan& plan = fixture.ids[kind];
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
  PerCollection<std::int64_t> counts{};
  document.nested("generate", [&](ObjectReader& reader) {
    for (const Collection collection : kAll<Collection>) {
      counts[collection] = reader.integer(name_of(collection), 0, kMaxGenerated).value_or(0);
    }
  });
  if (!document.errors().ok()) return;
  for (const RecordKind kind : kAll<RecordKind>) {
    if (kind != RecordKind::kReel) generate(fixture, kind, counts[collection_of(kind)]);
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
  const UrlPlan& plan = fixture.urls[record.kind];
  const auto filled = [&](const std::string& plan_url) {
    // An id may have in it what ends a path.
    const std::string id = is_asset_path(plan_url) ? percent_encode(record.id) : record.id;
    const auto underscore = id.rfind('_');
    const std::string_view suffix = std::string_view(id).substr(underscore == std::string::npos ? 0 : underscore + 1);
    return expand(plan_url, {{"id", id}, {"suffix", suffix}});
  };
  record.thumbnail = filled(plan.thumbnail);
  if (collection_of(record.kind) == Collection::kVideos) record.video_url = filled(plan.video_url);
  const ExpectedRecord* expected = fixture.find_expected(record.kind, record.id);
  if (!expected) return;
  if (!expected->thumbnail.empty()) record.thumbnail = expected->thumbnail;
  if (!expected->video_url.empty()) record.video_url = expected->video_url;
}

const ExpectedRecord* Fixture::find_expected(RecordKind kind, std::string_view id) const {
  const auto found = expected_index.find(id);
  return found == expected_index.end() ? nullptr : &expected[kind][found->second];
}

std::string numbered_id(const IdPlan& plan, std::uint64_t number) {
  std::string digits = std::to_string(number);
  const auto width = static_cast<std::size_t>(plan.width);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return plan.prefix + digits;
}

ListingPtr Fixture::listing(Collection collection, const AssetBase& assets) const {
  const auto make = [&] {
    ListingBody body{"", assets.joined()};
    std::size_t count = 0;
    open_listing(body.text, collection);
    for (const RecordPtr& record : records[collection]) {
      if (!shows({}, *record)) continue;
      if (count++ > 0) body.text.push_back(',');
      append_shown(body.text, *record, body.assets);
    }
    close_listing(body.text, count);
    body.text.shrink_to_fit();
    return std::make_shared<const ListingBody>(std::move(body));
  };
  for (const Lazy<ListingPtr>& slot : listings_[collection]) {
    if (const ListingPtr& made = slot.get(make); assets == made->assets) return made;
  }
  return nullptr;
}

bool Fixture::shares(Collection collection, const ListingPtr& body) const {
  return std::any_of(listings_[collection].begin(), listings_[collection].end(), [&](const Lazy<ListingPtr>& slot) {
    const ListingPtr* made = slot.peek();
    return made && *made == body;
  });
}

Result<FixturePtr> parse_fixture(const Json& document) {
  ReadErrors errors;
  auto fixture = std::make_shared<Fixture>();
  set_defaults(*fixture);
  ObjectReader reader(errors, document, "");
  reader.require("name");
  fixture->name = reader.nonempty_string("name").value_or(std::string());
  fixture->description = reader.string("description").value_or(std::string());
  const auto read_into_fixture = [&](std::string_view name, void (*read)(ObjectReader&, Fixture&)) {
    reader.nested(name, [&](ObjectReader& part) { read(part, *fixture); });
  };
  read_into_fixture("ids", read_ids);
  read_into_fixture("names", read_names);
  read_into_fixture("urls", read_urls);
  read_into_fixture("expected", read_expected);
  read_into_fixture("failed", read_failed);
  for (const RecordKind kind : kAll<RecordKind>) {
    if (kind != RecordKind::kReel) read_records(reader, *fixture, kind);
  }
  read_generate(reader, *fixture);
  reader.finish();
  if (!errors.ok()) return errors.error();
  return FixturePtr(std::move(fixture));
}

}  // namespace qamera::sim
