// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The LoRA slots of a job.
#include "core/api/lora_params.h"

#include <QtTest>

using namespace studio;

class TestLoraParams : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void every_slot_is_declared() {
    const Card& card = lora_card();
    QCOMPARE(card.id, std::string_view("lora"));
    QCOMPARE(card.params.size(), std::size_t{3 * kLoraSlots});
    ParamSet values;
    for (const ParamSpec& spec : card.params) {
      const std::string path = "lora." + std::string(spec.key);
      QVERIFY2(validate(spec, path, spec.initial), path.c_str());
      values[path] = spec.initial;
    }
    // As declared there is no LoRA.
    const auto loras = loras_of(values);
    QVERIFY(loras);
    QVERIFY(loras.value().empty());
  }

  void slots_in_order() {
    const auto loras = loras_of({{"lora.8.file", std::string("h")},
                                 {"lora.2.file", std::string("b")},
                                 {"lora.2.weight", -0.5},
                                 {"lora.3.file", std::string("")},
                                 {"lora.3.weight", 2.0},
                                 {"lora.4.file", std::string("d")},
                                 {"lora.4.weight", 0.0},
                                 {"lora.5.file", std::string("e")},
                                 {"lora.5.weight", 0.0},
                                 {"lora.5.text_weight", 0.25},
                                 {"loras", true},
                                 {"hires.scale", 2.0}});
    QVERIFY(loras);
    const std::vector<LoraUse> wanted{{"b", -0.5, -0.5}, {"e", 0, 0.25}, {"h", 1, 1}};
    QVERIFY(loras.value() == wanted);
  }

  void refusals_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<double>("number");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("too large") << "lora.1.weight" << 10.5 << "lora.1.weight is 10.5";
    QTest::newRow("not a number") << "lora.1.text_weight" << std::nan("")
                                  << "lora.1.text_weight is nan";
    QTest::newRow("a file is a text") << "lora.1.file" << 1.0 << "lora.1.file is 1";
    QTest::newRow("no such slot") << "lora.9.weight" << 1.0
                                  << "\"lora.9.weight\" is not a parameter";
    QTest::newRow("no such key") << "lora.1.wieght" << 1.0 << "did you mean \"lora.1.weight\"";
  }
  void refusals() {
    QFETCH(QString, path);
    QFETCH(double, number);
    QFETCH(QString, sentence);
    const auto loras = loras_of({{path.toStdString(), number}});
    QVERIFY(!loras);
    QCOMPARE(loras.error().code, ErrorCode::InvalidArgument);
    QVERIFY2(QString::fromStdString(loras.error().message).contains(sentence),
             loras.error().message.c_str());
  }
};

QTEST_GUILESS_MAIN(TestLoraParams)
#include "tst_lora_params.moc"
