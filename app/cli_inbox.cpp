// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// A pipe joins both sources: a signal handler may write to one, but not lock or notify.
#include "app/cli_inbox.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <iterator>
#include <poll.h>
#include <signal.h>
#include <system_error>
#include <unistd.h>

namespace studio::cli {
namespace {

// Process-wide because signals are.
volatile sig_atomic_t interrupted = 0;
std::atomic<int> wake_up_fd{-1};
std::array<int, 2> pipe_fds{-1, -1};

static_assert(std::atomic<int>::is_always_lock_free, "the signal handler reads it");

// A full pipe means that a wake-up is waiting already.
void wake_up() {
  const int saved_errno = errno;
  const char byte = 0;
  const int fd = wake_up_fd.load();
  if (fd >= 0 && write(fd, &byte, 1) < 0) errno = saved_errno;
}

extern "C" void on_interrupt(int) {
  interrupted = 1;
  wake_up();
}

void handle(int signal_number) {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(signal_number, &action, nullptr);
}

}  // namespace

Inbox::Inbox() {
  if (pipe2(pipe_fds.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "no pipe could be made");
  }
  fcntl(pipe_fds[1], F_SETFL, O_NONBLOCK);
  wake_up_fd = pipe_fds[1];
  handle(SIGINT);
  handle(SIGTERM);
}

Inbox::~Inbox() {
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  wake_up_fd = -1;
  for (int& fd : pipe_fds) {
    if (fd >= 0) close(fd);
    fd = -1;
  }
}

void Inbox::on_event(JobId job, const JobEvent& event) {
  // Nobody looks at pictures in the making here, and they are the large part of the news.
  if (std::holds_alternative<Preview>(event)) return;
  {
    const std::lock_guard lock(mutex_);
    news_.emplace_back(job, event);
  }
  wake_up();
}

std::vector<JobNews> Inbox::wait() {
  std::array<char, 64> bytes{};
  while (read(pipe_fds[0], bytes.data(), bytes.size()) < 0 && errno == EINTR && interrupted == 0) {
  }
  const std::lock_guard lock(mutex_);
  std::vector<JobNews> news(std::make_move_iterator(news_.begin()),
                            std::make_move_iterator(news_.end()));
  news_.clear();
  return news;
}

bool Inbox::is_interrupted() const { return interrupted != 0; }

InterruptibleInput::int_type InterruptibleInput::underflow() {
  std::array<pollfd, 2> sources{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{pipe_fds[0], POLLIN, 0}};
  while (interrupted == 0) {
    // Both at once: a signal that came just before is in the pipe.
    if (poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR) return traits_type::eof();
    if (interrupted != 0) break;
    if (sources[0].revents == 0) {
      // News of an engine, which its reader shall find: from now on only a signal that comes in
      // time is seen.
      if (sources[1].revents != 0) sources[1].fd = -1;
      continue;
    }
    const ssize_t got = read(STDIN_FILENO, piece_.data(), piece_.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return traits_type::eof();
    setg(piece_.data(), piece_.data(), piece_.data() + got);
    return traits_type::to_int_type(piece_[0]);
  }
  return traits_type::eof();
}

}  // namespace studio::cli
