// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Models with one defect each: a job on it fails with a sentence that names file and key, the report
// shows it, nothing crashes or takes much memory.
#include <ATen/ATen.h>
#include <QtTest>

#include "core/make_engine.h"
#include "tests/support/broken_model.h"
#include "tests/support/event_log.h"

#include <sys/resource.h>

using namespace studio;
using namespace studio::testing;

namespace {

constexpr const char* kUnet = "unet/config.json";
constexpr const char* kVae = "vae/config.json";
constexpr const char* kText1 = "text_encoder/config.json";
constexpr const char* kText2 = "text_encoder_2/config.json";
constexpr const char* kScheduler = "scheduler/scheduler_config.json";
constexpr const char* kUnetWeights = "unet/diffusion_pytorch_model.safetensors";
constexpr const char* kVaeWeights = "vae/diffusion_pytorch_model.safetensors";
constexpr const char* kTextWeights = "text_encoder/model.safetensors";
constexpr const char* kConv = "conv_in.weight";

struct Defect {
  const char* name;
  std::function<void(const BrokenModel&)> apply;
  QStringList parts;  // of the message
};

Defect unset_key(const char* name, const char* file, const char* key) {
  return {name, [=](const BrokenModel& model) { model.unset(file, key); }, {file, key}};
}
Defect bad_value(const char* name, const char* file, const char* key, const Json& value) {
  return {name, [=](const BrokenModel& model) { model.set(file, key, value); }, {file, key}};
}
// Larger than its weights: a sentence about tensors, or about sizes that do not fit.
Defect huge_value(const char* name, const char* file, const char* key, const Json& value, const char* part) {
  return {name, [=](const BrokenModel& model) { model.set(file, key, value); }, {part}};
}
Defect missing_file(const char* file) {
  return {file, [=](const BrokenModel& model) { model.remove(file); }, {QString(file).section('/', 0, 0)}};
}
Defect bad_weights(const char* name, const char* file, const std::function<void(Json&, QByteArray&)>& change,
                   const char* part) {
  return {name, [=](const BrokenModel& model) { model.change_weights(file, change); }, {file, part}};
}

void append(std::vector<Defect>& all, std::vector<Defect> more) {
  for (Defect& defect : more) all.push_back(std::move(defect));
}

std::vector<Defect> file_defects() {
  std::vector<Defect> all;
  for (const char* file : {"model_index.json", kScheduler, kText1, kText2, kUnet, kVae, kTextWeights, "text_encoder_2/model.safetensors",
                           kUnetWeights, kVaeWeights, "tokenizer/merges.txt", "tokenizer_2/merges.txt", "unet", "tokenizer", "vae"}) {
    all.push_back(missing_file(file));
  }
  for (const char* file : {"model_index.json", kScheduler, kText1, kUnet, kVae, "tokenizer/vocab.json"}) {
    for (const auto& [what, text] : {std::pair{"is empty", ""}, {"is no JSON", "{ \"a\": "}, {"is a list", "[1, 2]"},
                                     {"is binary", "\xff\xfe\x01"}}) {
      all.push_back({qstrdup(qPrintable(QString("%1 %2").arg(file, what))),
                     [=, bytes = QByteArray(text)](const BrokenModel& model) { model.write(file, bytes); },
                     {file}});
    }
  }
  all.push_back({"a value nested a million deep",
                 [](const BrokenModel& model) {
                   constexpr int kDepth = 1000000;
                   model.write(kUnet, "{\"_class_name\": " + QByteArray(kDepth, '[') + QByteArray(kDepth, ']') + "}");
                 },
                 {kUnet}});
  all.push_back({"a folder in a file's place",
                 [](const BrokenModel& model) {
                   model.remove(kUnet);
                   QDir().mkpath(model.file(kUnet));
                 },
                 {kUnet}});
  all.push_back({"weights that can run code",
                 [](const BrokenModel& model) {
                   model.remove(kUnetWeights);
                   model.write("unet/diffusion_pytorch_model.bin", "PK");
                 },
                 {"unet", "can run code"}});
  return all;
}

std::vector<Defect> weight_defects() {
  const auto truncate = [](qsizetype length) {
    return [=](const BrokenModel& model) { model.write(kUnetWeights, model.read(kUnetWeights).left(length)); };
  };
  const auto with_length = [](quint64 length) {
    return [=](const BrokenModel& model) { model.set_length(kUnetWeights, length); };
  };
  return {
      {"empty", truncate(0), {kUnetWeights, "empty"}},
      {"cut off in the length", truncate(5), {kUnetWeights, "short"}},
      {"cut off in the header", truncate(200), {kUnetWeights, "cut off"}},
      {"cut off in the last tensor", truncate(2'000'000), {kUnetWeights}},
      {"header longer than the file", with_length(3'000'000), {kUnetWeights, "cut off"}},
      {"header length of 2^64 - 1", with_length(~quint64{0}), {kUnetWeights}},
      {"header length of 2^63", with_length(quint64{1} << 63), {kUnetWeights}},
      {"header of length 0", with_length(0), {kUnetWeights}},
      bad_weights("overlapping offsets", kUnetWeights,
                  [](Json& header, QByteArray&) {
                    header["conv_in.bias"]["data_offsets"] = header["conv_out.bias"]["data_offsets"];
                    header["conv_in.bias"]["shape"] = header["conv_out.bias"]["shape"];
                  },
                  "conv_"),
      bad_weights("whole numbers", kUnetWeights,
                  [](Json& header, QByteArray& data) {
                    const auto size = static_cast<qsizetype>(header["conv_out.bias"]["shape"][0].get<int>()) * 8;
                    header["conv_out.bias"]["dtype"] = "I64";
                    // At the end of the data, whatever was there before stays as another tensor.
                    header["spare"] = {{"dtype", "F16"}, {"shape", {4}}, {"data_offsets", header["conv_out.bias"]["data_offsets"]}};
                    header["conv_out.bias"]["data_offsets"] = {data.size(), data.size() + size};
                    data.append(QByteArray(size, '\1'));
                  },
                  "conv_out.bias I64"),
      bad_weights("dtype of another size", kUnetWeights, [](Json& header, QByteArray&) { header[kConv]["dtype"] = "F64"; }, kConv),
      bad_weights("unknown dtype", kUnetWeights, [](Json& header, QByteArray&) { header[kConv]["dtype"] = "F4"; }, kConv),
      bad_weights("missing tensor", kUnetWeights,
                  [](Json& header, QByteArray&) {
                    header["conv_in.heavy"] = header[kConv];
                    header.erase(kConv);
                  },
                  "missing: conv_in.weight"),
      bad_weights("extra tensor", kVaeWeights,
                  [](Json& header, QByteArray& data) {
                    header["encoder.extra"] = {{"dtype", "F32"}, {"shape", {1}}, {"data_offsets", {data.size(), data.size() + 4}}};
                    data.append(4, '\0');
                  },
                  "unknown: encoder.extra"),
      bad_weights("misshapen tensor", kUnetWeights,
                  [](Json& header, QByteArray&) {
                    std::swap(header[kConv]["shape"][0], header[kConv]["shape"][1]);
                  },
                  "conv_in.weight [4, 32, 3, 3], not [32, 4, 3, 3]"),
      bad_weights("flattened tensor", kTextWeights,
                  [](Json& header, QByteArray&) {
                    auto& shape = header["text_model.embeddings.token_embedding.weight"]["shape"];
                    shape = {shape[0].get<int>() * shape[1].get<int>()};
                  },
                  "token_embedding.weight"),
      bad_weights("no tensor at all", kUnetWeights,
                  [](Json& header, QByteArray& data) {
                    header = Json::object();
                    data.clear();
                  },
                  "missing"),
      {"weights of another part",
       [](const BrokenModel& model) { model.write(kVaeWeights, model.read(kUnetWeights)); },
       {kVaeWeights, "missing", "unknown"}},
  };
}

std::vector<Defect> config_defects() {
  return {
      {"model_index.json of Stable Diffusion 1.5",
       [](const BrokenModel& model) { model.set("model_index.json", "_class_name", "StableDiffusionPipeline"); },
       {"model_index.json", "_class_name", "StableDiffusionPipeline"}},
      bad_value("inpainting pipeline", "model_index.json", "_class_name", "StableDiffusionXLInpaintPipeline"),
      bad_value("flag is a number", "model_index.json", "force_zeros_for_empty_prompt", 1),
      bad_value("UNet of another class", kUnet, "_class_name", "UNet3DConditionModel"),
      unset_key("UNet of Stable Diffusion 1.5", kUnet, "addition_embed_type"),
      unset_key("no widths", kUnet, "block_out_channels"),
      bad_value("negative widths", kUnet, "block_out_channels", {-32, 32, 32}),
      bad_value("width of 0", kUnet, "block_out_channels", {0, 32, 32}),
      bad_value("width beyond 32 bits", kUnet, "block_out_channels", {32, 32, 4294967328}),
      bad_value("width beyond 64 bits", kUnet, "block_out_channels", {32, 32, 18446744073709551615ull}),
      bad_value("width of 1e300", kUnet, "block_out_channels", {32, 32, 1e300}),
      bad_value("fractional width", kUnet, "block_out_channels", {32, 32.5, 32}),
      bad_value("widths as text", kUnet, "block_out_channels", "32, 32, 32"),
      bad_value("no widths in the list", kUnet, "block_out_channels", Json::array()),
      bad_value("too many levels", kUnet, "block_out_channels", Json(std::vector<int>(100, 32))),
      bad_value("widths that groups do not divide", kUnet, "block_out_channels", {32, 48, 32}),
      bad_value("other block types", kUnet, "down_block_types", {"DownBlock2D", "AttnDownBlock2D", "DownBlock2D"}),
      bad_value("too few block types", kUnet, "up_block_types", {"UpBlock2D"}),
      bad_value("0 heads", kUnet, "attention_head_dim", {1, 0, 1}),
      bad_value("negative heads", kUnet, "attention_head_dim", -8),
      bad_value("negative depth", kUnet, "transformer_layers_per_block", {1, -1, 2}),
      bad_value("0 groups", kUnet, "norm_num_groups", 0),
      bad_value("negative epsilon", kUnet, "norm_eps", -1e-5),
      bad_value("odd time width", kUnet, "addition_time_embed_dim", 9),
      bad_value("9 input channels", kUnet, "in_channels", 9),
      bad_value("0 layers", kUnet, "layers_per_block", 0),
      bad_value("sample of 0", kUnet, "sample_size", 0),
      bad_value("convolutions in place of linear layers", kUnet, "use_linear_projection", false),
      bad_value("class embedding", kUnet, "class_embed_type", "timestep"),
      bad_value("other activation", kUnet, "act_fn", "mish"),
      bad_value("VAE of another class", kVae, "_class_name", "AutoencoderTiny"),
      bad_value("16 latent channels", kVae, "latent_channels", 16),
      bad_value("shifted latents", kVae, "shift_factor", 0.1),
      bad_value("scaling of 0", kVae, "scaling_factor", 0),
      bad_value("scaling as text", kVae, "scaling_factor", "0.13"),
      bad_value("VAE with negative widths", kVae, "block_out_channels", {32, 32, 32, -32}),
      bad_value("other text activation", kText1, "hidden_act", "relu"),
      bad_value("heads that do not divide", kText1, "num_attention_heads", 5),
      bad_value("1 layer", kText1, "num_hidden_layers", 1),
      bad_value("other text length", kText2, "max_position_embeddings", 512),
      bad_value("vocabulary of 0", kText2, "vocab_size", 0),
      bad_value("no projection", kText2, "architectures", {"CLIPTextModel"}),
      bad_value("unknown prediction", kScheduler, "prediction_type", "flow"),
      bad_value("prediction as a number", kScheduler, "prediction_type", 1),
      bad_value("scheduler of another family", kScheduler, "_class_name", "FlowMatchEulerDiscreteScheduler"),
      bad_value("other betas", kScheduler, "beta_schedule", "squaredcos_cap_v2"),
      bad_value("betas one by one", kScheduler, "trained_betas", {0.1, 0.2}),
      bad_value("timesteps by sigma", kScheduler, "timestep_type", "continuous"),
      bad_value("rescaling as a number", kScheduler, "rescale_betas_zero_snr", 1),
      bad_value("longer distillation than training", kScheduler, "original_inference_steps", 1001),
      bad_value("three latent means", kVae, "latents_mean", {0, 0, 0}),
      bad_value("latent means without spreads", kVae, "latents_mean", {0, 0, 0, 0}),
      bad_value("a latent spread of 0", kVae, "latents_std", {1, 1, 1, 0}),
      bad_value("betas in the wrong order", kScheduler, "beta_end", 0.0001),
      bad_value("beta above 1", kScheduler, "beta_end", 1.5),
      bad_value("unknown spacing", kScheduler, "timestep_spacing", "random"),
      bad_value("1 timestep", kScheduler, "num_train_timesteps", 1),
      {"preview factors of another size",
       [](const BrokenModel& model) { model.write("preview.json", R"({"latent_rgb_factors": [[1, 2, 3]]})"); },
       {"preview.json", "latent_rgb_factors"}},
  };
}

// Allowed one by one, but not with these weights.
std::vector<Defect> fit_defects() {
  return {
      huge_value("65536 wide UNet", kUnet, "block_out_channels", {65536, 65536, 65536}, kUnetWeights),
      huge_value("one level 65536 wide", kUnet, "block_out_channels", {32, 32, 65536}, kUnetWeights),
      huge_value("65536 wide VAE", kVae, "block_out_channels", {65536, 65536, 65536, 65536}, kVaeWeights),
      huge_value("wide feed-forward layers", kText1, "intermediate_size", 524288, kTextWeights),
      huge_value("10 million tokens", kText1, "vocab_size", 10'000'000, kTextWeights),
      huge_value("256 layers", kText1, "num_hidden_layers", 256, kTextWeights),
      huge_value("64 transformers a block", kUnet, "transformer_layers_per_block", 64, kUnetWeights),
      huge_value("16 layers a block", kUnet, "layers_per_block", 16, kUnetWeights),
      huge_value("pictures of 32768 pixels", kUnet, "sample_size", 4096, "sample_size"),
      {"65536 wide text encoder and UNet",
       [](const BrokenModel& model) {
         model.set(kText1, "hidden_size", 65504);
         model.set(kUnet, "cross_attention_dim", 65536);
       },
       {kTextWeights}},
      {"text wider than the UNet's",
       [](const BrokenModel& model) { model.set(kUnet, "cross_attention_dim", 128); },
       {"hidden_size", "cross_attention_dim 128"}},
      {"time ids that do not add up",
       [](const BrokenModel& model) { model.set(kUnet, "addition_time_embed_dim", 16); },
       {"projection_class_embeddings_input_dim 80"}},
      {"vocabulary larger than the encoder's",
       [](const BrokenModel& model) { model.set(kText2, "vocab_size", 3583); },
       {"tokenizer_2", "3584", "vocab_size"}},
      {"added token beyond the encoder's vocabulary",
       [](const BrokenModel& model) {
         model.set("tokenizer/tokenizer_config.json", "added_tokens_decoder", {{"9999", {{"content", "<new>"}}}});
       },
       {"tokenizer", "10000", "vocab_size"}},
  };
}

std::vector<Defect> tokenizer_defects() {
  const auto text = [](const char* file, const QByteArray& bytes) {
    return [=](const BrokenModel& model) { model.write(file, bytes); };
  };
  return {
      {"empty merges", text("tokenizer/merges.txt", "#version: 0.2\n"), {"tokenizer/merges.txt", "no merges"}},
      {"merge of one symbol", text("tokenizer/merges.txt", "#version: 0.2\na b\nab\n"), {"tokenizer/merges.txt", "line 3"}},
      {"merge of an unknown token", text("tokenizer/merges.txt", "q zqzq\n"), {"tokenizer/merges.txt", "line 1"}},
      {"vocabulary without bytes", text("tokenizer/vocab.json", R"({"a": 0})"), {"tokenizer/vocab.json", "missing"}},
      {"negative id", text("tokenizer_2/vocab.json", R"({"a": -1})"), {"tokenizer_2/vocab.json", "\"a\""}},
      {"huge id", text("tokenizer_2/vocab.json", R"({"a": 99999999999})"), {"tokenizer_2/vocab.json", "\"a\""}},
      {"unknown start token",
       [](const BrokenModel& model) {
         model.remove("tokenizer/special_tokens_map.json");
         model.set("tokenizer/tokenizer_config.json", "bos_token", "<nowhere>");
       },
       {"<nowhere>"}},
  };
}

std::vector<Defect> all_defects() {
  std::vector<Defect> all = file_defects();
  append(all, weight_defects());
  append(all, config_defects());
  append(all, fit_defects());
  append(all, tokenizer_defects());
  return all;
}

long peak_memory_mb() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

}  // namespace

class TestBadModels : public QObject {
  Q_OBJECT

 private:
  const std::vector<Defect> defects_ = all_defects();
  EventLog log_;
  std::unique_ptr<Engine> engine_;
  long memory_before_mb_ = 0;

  JobEvent outcome(const std::string& model) {
    GenerationRequest request;
    request.model = model;
    request.prompts = {"a red apple"};
    request.seed = 1;
    request.steps = 1;
    request.width_px = request.height_px = 64;
    request.guidance["seg.scale"] = 0.0;
    const auto job = engine_->submit(request, {});
    if (!job || !log_.wait_ended(job.value())) qFatal("the job does not end");
    return log_.events(job.value()).back();
  }

 private Q_SLOTS:
  void initTestCase() {
    EngineConfig config;
    config.resources_path = STUDIO_RESOURCES_DIR;
    config.device = "cpu";
    auto made = make_engine(config, log_);
    QVERIFY2(made, made ? "" : made.error().message.c_str());
    engine_ = std::move(made).value();
    // The copy itself is sound, or every row would pass for a wrong reason.
    const BrokenModel whole;
    QVERIFY(as<Finished>(outcome(whole.path())));
    memory_before_mb_ = peak_memory_mb();
  }
  void cleanupTestCase() {
    const BrokenModel whole;
    QVERIFY(as<Finished>(outcome(whole.path())));
    QCOMPARE(log_.mistake(), std::string());
    engine_.reset();
  }

  void defect_data() {
    QTest::addColumn<int>("number");
    for (std::size_t i = 0; i < defects_.size(); ++i) QTest::newRow(defects_[i].name) << static_cast<int>(i);
  }
  void defect() {
    QFETCH(int, number);
    const Defect& defect = defects_[number];
    const BrokenModel model;
    defect.apply(model);

    const JobEvent event = outcome(model.path());
    const auto* failed = as<Failed>(event);
    QVERIFY(failed != nullptr);
    const QString message = QString::fromStdString(failed->error.message);
    QVERIFY2(failed->error.code == ErrorCode::ModelUnloadable, qPrintable(message));
    QVERIFY2(message.size() < 2000, qPrintable(message));
    for (const QString& part : defect.parts) QVERIFY2(message.contains(part), qPrintable(message));

    const auto report = engine_->inspect(model.path());
    QVERIFY(report);
    QVERIFY(!report.value().loadable);
    QString problems;
    for (const ModelPart& part : report.value().parts) problems += QString::fromStdString(part.problem) + "\n";
    // A missing folder is told in the words of whichever reader comes first.
    const QStringList expected = problems.contains("is missing") ? defect.parts.mid(0, 1) : defect.parts;
    for (const QString& part : expected) QVERIFY2(problems.contains(part), qPrintable(problems));

    const auto check = engine_->check(model.path());
    QVERIFY(check);
    QVERIFY(!check.value().finite && !check.value().first_problem.empty());
    QVERIFY2(peak_memory_mb() < memory_before_mb_ + 1000, qPrintable(QString("%1 MB").arg(peak_memory_mb())));
  }

  void no_folder_of_a_model_data() {
    QTest::addColumn<QString>("what");
    QTest::newRow("an empty folder") << "folder";
    QTest::newRow("an empty file") << "file.safetensors";
    QTest::newRow("a text file") << "file.txt";
    QTest::newRow("a device") << "/dev/null";
  }
  void no_folder_of_a_model() {
    QFETCH(QString, what);
    const BrokenModel model;
    QDir().mkpath(model.file("folder"));
    model.write("file.safetensors", "");
    model.write("file.txt", "a model? no");
    const std::string path = what.startsWith('/') ? what.toStdString() : model.file(qPrintable(what)).toStdString();
    const JobEvent event = outcome(path);
    QVERIFY(as<Failed>(event));
    QCOMPARE(as<Failed>(event)->error.code, ErrorCode::ModelUnloadable);
    QVERIFY(as<Failed>(event)->error.message.find(path) != std::string::npos);
    const auto report = engine_->inspect(path);
    QVERIFY(report && !report.value().loadable);
  }

  // What may be absent from a folder.
  void optional_files_data() {
    QTest::addColumn<QString>("file");
    for (const char* file : {"tokenizer/vocab.json", "tokenizer/tokenizer_config.json", "tokenizer_2/special_tokens_map.json"}) {
      QTest::newRow(file) << file;
    }
  }
  void optional_files() {
    QFETCH(QString, file);
    const BrokenModel model;
    model.remove(qPrintable(file));
    const JobEvent event = outcome(model.path());
    QVERIFY2(as<Finished>(event), as<Failed>(event) ? as<Failed>(event)->error.message.c_str() : "");
    QVERIFY(engine_->inspect(model.path()).value().loadable);
  }

  void weights_that_are_not_finite_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("tensor");
    QTest::addColumn<int>("bits");  // of an F16 or F32
    QTest::addColumn<QString>("fails");  // what a job on it says; "" where no job uses the tensor
    QTest::newRow("NaN in the UNet") << kUnetWeights << kConv << 0x7fff << "the latents are not finite";
    QTest::newRow("infinity in the UNet") << kUnetWeights << "conv_out.bias" << 0x7c00 << "the latents are not finite";
    QTest::newRow("NaN in the VAE's decoder") << kVaeWeights << "decoder.conv_out.bias" << 0x7fff << "the decoded picture is not finite";
    QTest::newRow("NaN that no step uses") << kTextWeights << "text_model.final_layer_norm.weight" << 0x7fff << "";
    QTest::newRow("NaN in the VAE's encoder") << kVaeWeights << "encoder.conv_in.bias" << 0x7fff << "";
  }
  void weights_that_are_not_finite() {
    QFETCH(QString, file);
    QFETCH(QString, tensor);
    QFETCH(int, bits);
    const BrokenModel model;
    model.change_weights(qPrintable(file), [&](Json& header, QByteArray& data) {
      const auto& entry = header[tensor.toStdString()];
      const auto begin = entry["data_offsets"][0].get<qsizetype>();
      const int width = entry["dtype"] == "F16" ? 2 : 4;
      const quint32 value = width == 2 ? static_cast<quint32>(bits) : bits == 0x7c00 ? 0x7f800000u : 0x7fc00000u;
      std::memcpy(data.data() + begin, &value, width);
    });
    QVERIFY(engine_->inspect(model.path()).value().loadable);
    const auto check = engine_->check(model.path());
    QVERIFY(check);
    QVERIFY(!check.value().finite);
    const QString problem = QString::fromStdString(check.value().first_problem);
    QVERIFY2(problem.contains(file) && problem.contains(tensor) && problem.contains("not finite"), qPrintable(problem));
    QFETCH(QString, fails);
    const JobEvent end = outcome(model.path());
    if (fails.isEmpty()) {
      QVERIFY(as<Finished>(end));
      return;
    }
    QVERIFY(as<Failed>(end));
    const QString said = QString::fromStdString(as<Failed>(end)->error.message);
    QVERIFY2(said.contains(fails) && said.contains("seg-cli check"), qPrintable(said));
  }
};

QTEST_GUILESS_MAIN(TestBadModels)
#include "tst_bad_models.moc"
