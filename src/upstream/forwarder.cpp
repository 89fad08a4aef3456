#include "upstream/forwarder.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <new>
#include <random>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "http/content_coding.h"
#include "http/field_syntax.h"
#include "http/response_framing.h"
#include "upstream/link.h"
#include "upstream/tls_link.h"

namespace qamera::upstream {
namespace {

using http::ResponseFraming;

constexpr std::size_t kMaxIdleLinks = 32;
constexpr std::size_t kDescriptorsEach =
    2;  // of an exchange: its link, and the socket or file that a name is looked up by

/// Fields that are about one connection only (RFC 9110, section 7.6.1), and those that are written anew.
bool is_left_out(std::string_view name, std::string_view connection_options) {
  static constexpr std::array<std::string_view, 11> kNames = {
      "Connection",        "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "TE",  "Trailer",
      "Transfer-Encoding", "Upgrade",    "Expect",           "Content-Length",      "Host"};
  for (std::string_view known : kNames) {
    if (equal_ignoring_case(name, known)) return true;
  }
  return http::list_contains(connection_options, name);
}

/// All fields of that name as one list.
std::string joined_fields(const Headers& headers, std::string_view name) {
  std::string list;
  for (const Header& field : headers) {
    if (equal_ignoring_case(field.name, name)) list.append(list.empty() ? "" : ", ").append(field.value);
  }
  return list;
}

/// Whether a proxy of that name has sent the request on (RFC 9110, section 7.6.3).
bool has_passed(const Headers& headers, std::string_view pseudonym) {
  const std::string list = joined_fields(headers, "Via");
  for (std::string_view rest = list; !rest.empty();) {
    std::string_view element = http::next_element(rest);
    element.remove_prefix(std::min(element.find(' '), element.size()));
    element = http::trim(element);
    if (equal_ignoring_case(element.substr(0, element.find(' ')), pseudonym)) return true;
  }
  return false;
}

/// A name that no other proxy of a chain has, be it one of this program on the same port of another machine.
std::string new_pseudonym() {
  std::string name = "qamera-mock-";
  std::random_device random;
  append_hex(name, random(), 8);
  return name;
}

std::string request_head(const ServerUrl& url, const Request& request, std::string_view pseudonym) {
  std::string head = request.method + " " + url.target_of(request.target) + " HTTP/1.1\r\nHost: ";
  head += url.origin().substr(url.scheme.size() + 3) + "\r\n";
  const std::string options = joined_fields(request.headers, "Connection");
  bool had_length = false;
  for (const Header& field : request.headers) {
    had_length = had_length || equal_ignoring_case(field.name, "Content-Length") ||
                 equal_ignoring_case(field.name, "Transfer-Encoding");
    if (is_left_out(field.name, options)) continue;
    const bool codings = equal_ignoring_case(field.name, "Accept-Encoding");
    head += field.name + ": " + (codings ? http::readable_codings(field.value) : field.value) + "\r\n";
  }
  head.append("Via: 1.1 ").append(pseudonym).append("\r\n");
  if (had_length || !request.body.empty()) head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return head + "\r\n";
}

/// Sending these again can do no harm (RFC 9110, section 9.2.2).
bool is_repeatable(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

UpstreamOutcome failure(UpstreamOutcome::Kind kind, std::string problem) {
  UpstreamOutcome outcome;
  outcome.kind = kind;
  outcome.problem = std::move(problem);
  return outcome;
}

UpstreamOutcome failure(UpstreamOutcome::Kind kind, const Error& error) {
  return failure(error.code == ErrorCode::kTimeout ? UpstreamOutcome::Kind::kTimedOut : kind, error.message);
}

}  // namespace

class Forwarder::Implementation {
 public:
  /// `stop_signal` becomes readable when the other end, `stop_trigger`, is closed.
  Implementation(ServerUrl url, Options options, std::unique_ptr<TlsContext> tls, edge::Descriptor stop_signal,
                 edge::Descriptor stop_trigger)
      : url_(std::move(url)),
        options_(std::move(options)),
        tls_(std::move(tls)),
        stop_signal_(std::move(stop_signal)),
        stop_trigger_(std::move(stop_trigger)) {}
  ~Implementation() { stop(); }

  const ServerUrl& url() const { return url_; }
  std::size_t most_descriptors() const { return kDescriptorsEach * options_.most_exchanges; }

  void send(Request request, Done done) {
    Job job{std::move(request), std::move(done), system_time().monotonic()};
    std::unique_lock lock(mutex_);
    if (stopping_) {
      lock.unlock();
      return job.done(failure(UpstreamOutcome::Kind::kTimedOut, "given up, since the server stops"));
    }
    jobs_.push_back(std::move(job));
    if (has_thread()) {
      lock.unlock();
      return changed_.notify_one();
    }
    job = std::move(jobs_.back());
    jobs_.pop_back();
    lock.unlock();
    job.done(failure(UpstreamOutcome::Kind::kBusy, "there is no thread to wait for the reply"));
  }

  void stop() {
    std::vector<std::thread> threads;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      stop_trigger_.reset();  // whoever waits for a server sees the other end hang up
      threads.swap(threads_);
    }
    changed_.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

 private:
  struct Job {
    Request request;
    Done done;
    MonotonicTime asked_at;
  };

  /// Starts one more when all are busy. REQUIRES: mutex_ held.
  bool has_thread() {
    if (idle_threads_ >= jobs_.size() || threads_.size() >= options_.most_exchanges) return true;
    try {
      threads_.emplace_back([this] { run(); });
    } catch (const std::system_error&) {  // as many as the system allows; those that there are go on
    } catch (const std::bad_alloc&) {}
    return !threads_.empty();
  }

  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ++idle_threads_;
      changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      --idle_threads_;
      if (jobs_.empty()) return;
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job.done(surviving_exchange(job));
      lock.lock();
    }
  }

  UpstreamOutcome surviving_exchange(const Job& job) {
    try {
      return exchange(job);
    } catch (const std::bad_alloc&) {
      UpstreamOutcome outcome;
      outcome.kind = UpstreamOutcome::Kind::kBroken;
      outcome.problem = "no memory";  // short enough to take none
      return outcome;
    }
  }

  UpstreamOutcome exchange(const Job& job) {
    if (has_passed(job.request.headers, pseudonym_)) {
      return failure(UpstreamOutcome::Kind::kLooping, "the request comes from this server, which is its own upstream");
    }
    const MonotonicTime waited = system_time().monotonic() - job.asked_at;
    UpstreamOutcome outcome = exchange_within(job, {job.asked_at + options_.timeout, stop_signal_.get()});
    // One that got its turn late, and then ran out of time, is a matter of the queue.
    if (outcome.kind == UpstreamOutcome::Kind::kTimedOut && waited > options_.timeout / 2 && !is_stopping()) {
      return failure(UpstreamOutcome::Kind::kBusy,
                     "the most exchanges that may be under way at once, " + std::to_string(options_.most_exchanges) +
                         ", were, and time was over (" + format_duration(options_.timeout) + ")");
    }
    return outcome;
  }

  UpstreamOutcome exchange_within(const Job& job, LinkDeadline deadline) {
    const std::string bytes = request_head(url_, job.request, pseudonym_) + job.request.body;
    if (auto in_time = check_time(deadline); !in_time) {
      return failure(UpstreamOutcome::Kind::kTimedOut, in_time.error().message);
    }
    if (auto kept = take_idle_link()) {
      bool answered = false;
      UpstreamOutcome outcome = exchange_on(std::move(kept), bytes, job.request, deadline, answered);
      const bool link_was_stale = outcome.kind == UpstreamOutcome::Kind::kBroken && !answered;
      if (!link_was_stale || !is_repeatable(job.request.method)) return outcome;
    }
    auto link = UpstreamLink::open(url_, tls_.get(), deadline);
    if (!link) return failure(UpstreamOutcome::Kind::kUnreachable, link.error());
    bool answered = false;
    return exchange_on(*std::move(link), bytes, job.request, deadline, answered);
  }

  UpstreamOutcome exchange_on(std::unique_ptr<UpstreamLink> link, const std::string& bytes, const Request& request,
                              LinkDeadline deadline, bool& answered) {
    std::string_view unsent = bytes;
    http::ResponseFraming framing(request.method == "HEAD");
    std::array<char, 16u << 10> piece;
    bool clean = true;
    while (!framing.ended()) {
      const auto count = link->transfer(unsent, piece, deadline);
      if (!count) return failure(UpstreamOutcome::Kind::kBroken, count.error());
      if (*count == 0) {
        framing.finish();
        break;
      }
      const std::string_view given(piece.data(), *count);
      clean = framing.advance(given) == given.size() && clean;
    }
    answered = framing.started();
    if (framing.state() == http::ResponseFraming::State::kBroken) {
      return failure(UpstreamOutcome::Kind::kBroken, framing.problem());
    }
    // Bytes behind the reply belong to nothing that was asked.
    if (clean && unsent.empty() && framing.keep_alive()) keep_link(std::move(link));
    return replied(framing.take_response());
  }

  bool is_stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  std::unique_ptr<UpstreamLink> take_idle_link() {
    const std::lock_guard lock(mutex_);
    while (!idle_links_.empty()) {
      auto link = std::move(idle_links_.back());
      idle_links_.pop_back();
      if (link->is_idle()) return link;
    }
    return nullptr;
  }

  void keep_link(std::unique_ptr<UpstreamLink> link) {
    const std::lock_guard lock(mutex_);
    if (idle_links_.size() < kMaxIdleLinks) idle_links_.push_back(std::move(link));
  }

  const ServerUrl url_;
  const Options options_;
  const std::string pseudonym_ = new_pseudonym();
  const std::unique_ptr<TlsContext> tls_;
  edge::Descriptor stop_signal_, stop_trigger_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_threads_ = 0;
  bool stopping_ = false;
  std::vector<std::unique_ptr<UpstreamLink>> idle_links_;  ///< the last one was used last
};

Result<std::unique_ptr<Forwarder>> Forwarder::create(ServerUrl url, Options options) {
  std::unique_ptr<TlsContext> tls;
  if (url.scheme == "https") {
    auto made = TlsContext::create(options.ca_file, options.verify_certificate);
    if (!made) return made.error();
    tls = *std::move(made);
  }
  // Clients need some too. Where there are few, fewer exchanges are under way at once.
  constexpr std::size_t kWanted = 1024;
  constexpr std::size_t kShare = 8;
  const std::size_t allowed = edge::allow_descriptors(kWanted) / kShare;
  options.most_exchanges = std::clamp<std::size_t>(allowed, 1, options.most_exchanges);
  auto ends = edge::make_pipe();
  if (!ends) return Error{ErrorCode::kIo, "no pipe to stop it by: " + ends.error().message, ""};
  return std::unique_ptr<Forwarder>(new Forwarder(std::make_unique<Implementation>(
      std::move(url), std::move(options), std::move(tls), std::move((*ends)[0]), std::move((*ends)[1]))));
}

Forwarder::Forwarder(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
Forwarder::~Forwarder() = default;

void Forwarder::send(Request request, Done done) { implementation_->send(std::move(request), std::move(done)); }
void Forwarder::stop() { implementation_->stop(); }
const ServerUrl& Forwarder::url() const { return implementation_->url(); }
std::size_t Forwarder::most_descriptors() const { return implementation_->most_descriptors(); }

}  // namespace qamera::upstream
