// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Small files made in memory, for style sheets, which take pictures by path only.
#include "ui/icon_resource.h"

#include <QResource>
#include <QSet>
#include <QtEndian>

#include <algorithm>
#include <vector>

namespace studio::ui {
namespace {

constexpr quint32 kFormat = 1;
constexpr quint16 kFolderFlag = 2;
constexpr quint16 kAnyLanguage = 1;  // QLocale::C
constexpr quint32 kHeaderBytes = 20;

template <class T>
void put(QByteArray& out, T value) {
  char bytes[sizeof(T)];
  qToBigEndian(value, bytes);
  out.append(bytes, sizeof(T));
}

// The hash by which Qt's resource reader finds a name.
quint32 nameHash(const QString& name) {
  quint32 hash = 0;
  for (const QChar letter : name) {
    hash = (hash << 4) + letter.unicode();
    hash ^= (hash & 0xf0000000) >> 23;
    hash &= 0x0fffffff;
  }
  return hash;
}

class Archive {
 public:
  // The layout of rcc: a root folder, in it one folder, in it the files sorted by hash.
  QByteArray build(const QString& folder, const std::map<QString, QByteArray>& files) {
    std::vector<std::pair<QString, QByteArray>> sorted(files.begin(), files.end());
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
      return nameHash(a.first) < nameHash(b.first);
    });
    put<quint32>(tree_, 0);
    addFolder(1, 1);
    put<quint32>(tree_, addName(folder));
    addFolder(static_cast<quint32>(sorted.size()), 2);
    for (const auto& [name, content] : sorted) {
      put<quint32>(tree_, addName(name));
      put<quint16>(tree_, 0);
      put<quint16>(tree_, 0);
      put<quint16>(tree_, kAnyLanguage);
      put<quint32>(tree_, static_cast<quint32>(data_.size()));
      put<quint32>(data_, static_cast<quint32>(content.size()));
      data_ += content;
    }
    QByteArray all("qres");
    put<quint32>(all, kFormat);
    const quint32 data_at = kHeaderBytes;
    const quint32 names_at = data_at + static_cast<quint32>(data_.size());
    put<quint32>(all, names_at + static_cast<quint32>(names_.size()));
    put<quint32>(all, data_at);
    put<quint32>(all, names_at);
    return all + data_ + names_ + tree_;
  }

 private:
  void addFolder(quint32 children, quint32 first_child) {
    put<quint16>(tree_, kFolderFlag);
    put<quint32>(tree_, children);
    put<quint32>(tree_, first_child);
  }
  quint32 addName(const QString& name) {
    const auto at = static_cast<quint32>(names_.size());
    put<quint16>(names_, static_cast<quint16>(name.size()));
    put<quint32>(names_, nameHash(name));
    for (const QChar letter : name) put<quint16>(names_, letter.unicode());
    return at;
  }

  QByteArray data_, names_, tree_;
};

}  // namespace

bool addMemoryFiles(const QString& folder, const std::map<QString, QByteArray>& files) {
  static std::map<QString, QByteArray> kept;  // Qt reads the bytes as long as the process lives
  if (kept.contains(folder)) return true;
  QByteArray& bytes = kept[folder];
  bytes = Archive().build(folder, files);
  return QResource::registerResource(reinterpret_cast<const uchar*>(bytes.constData()));
}

}  // namespace studio::ui
