import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A courier hub's side of Screener, with the official client: sends parcels, and does what their verdicts say.
 *
 * <pre>
 *     mvn -q dependency:copy-dependencies -DoutputDirectory=lib
 *     java -cp 'lib/*' Hub.java PARCEL.json SCAN.jpg [PARCEL.json SCAN.jpg ...]
 * </pre>
 *
 * PARCEL.json is the manifest, as it travels. The environment says where: HUB, KAFKA_BOOTSTRAP_SERVERS, and for a
 * broker with passwords KAFKA_USERNAME, KAFKA_PASSWORD and KAFKA_CA_FILE. Java 17 or newer.
 */
public final class Hub {
    private static final String HUB = System.getenv("HUB");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What one of your scanners always says of its images; sizes of a pixel on the object, in mm. */
    private static final Map<String, String> SCANNER = Map.of(
            "ce_scanner", "xray-3",
            "ce_pitchacross", "1.2",
            "ce_pitchalong", "1.3",
            "ce_energy", "dual",
            "content-type", "image/jpeg");

    /** How long the sorter waits where a manifest names no `decide_by`. */
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    public static void main(String[] paths) throws Exception {
        try (var producer = producer(); var consumer = consumer()) {
            var deadlines = new HashMap<String, Instant>();
            for (int i = 0; i < paths.length; i += 2) {
                JsonNode parcel = sendParcel(producer, Path.of(paths[i]), Path.of(paths[i + 1]));
                deadlines.put(parcel.get("parcel_id").asText(), deadline(parcel));
            }
            follow(consumer, deadlines);
        }
    }

    /** Publishes a manifest and one scan; what the manifest says, once the broker has both. */
    private static JsonNode sendParcel(Producer<String, byte[]> producer, Path manifest, Path scan)
            throws IOException, InterruptedException, ExecutionException {
        byte[] value = Files.readAllBytes(manifest);
        byte[] image = Files.readAllBytes(scan);
        JsonNode parcel = JSON.readTree(value);
        String parcelId = parcel.get("parcel_id").asText();

        var described = new HashMap<String, String>();
        described.put("ce_type", "org.screener.manifest.v1");
        described.put("content-type", "application/json");

        var scanned = new HashMap<>(SCANNER);
        scanned.put("ce_type", "org.screener.scan.v1");
        // One pass through the scanner; its views share it.
        scanned.put("ce_scanid", scan.getFileName().toString().replaceFirst("\\.[^.]*$", ""));
        scanned.put("ce_view", "1");
        scanned.put("ce_views", "1");
        scanned.put("ce_sha256", sha256(image));

        List<Future<RecordMetadata>> sent = List.of(
                producer.send(message("manifests", parcelId, value, described)),
                producer.send(message("scans", parcelId, image, scanned)));
        for (var future : sent) {
            future.get(); // throws when the broker has not taken it after delivery.timeout.ms: send it again
        }
        return parcel;
    }

    /** A message for `parcels.KIND.HUB`; the same bytes always have the same ce_id, so they may be sent again. */
    private static ProducerRecord<String, byte[]> message(
            String kind, String parcelId, byte[] value, Map<String, String> headers) {
        var event = new HashMap<>(headers);
        event.put("ce_specversion", "1.0");
        event.put("ce_id", parcelId + "/" + sha256(value));
        event.put("ce_source", "/hubs/" + HUB);
        event.put("ce_subject", parcelId);
        var record = new ProducerRecord<>("parcels." + kind + "." + HUB, parcelId, value);
        event.forEach((name, text) -> record.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
        return record;
    }

    /** Acts on verdicts until every parcel of `deadlines` has one, or its time is over. */
    private static void follow(KafkaConsumer<String, byte[]> consumer, Map<String, Instant> deadlines)
            throws IOException {
        // Parcel id to the last revision acted on: keep it where your sorter keeps its parcels.
        var acted = new HashMap<String, Integer>();
        while (!deadlines.isEmpty()) {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                JsonNode verdict = JSON.readTree(record.value());
                String parcelId = verdict.get("parcel_id").asText();
                int revision = verdict.get("revision").asInt();
                if (revision > acted.getOrDefault(parcelId, 0)) { // Kafka may deliver one twice
                    act(verdict);
                    acted.put(parcelId, revision);
                    deadlines.remove(parcelId);
                }
            }
            consumer.commitSync(); // after acting: a crash in between repeats a verdict, and loses none
            for (String parcelId : overdue(deadlines)) {
                deadlines.remove(parcelId); // a verdict may still come: then act on that
                System.out.println(parcelId + ": none in time, not cleared");
            }
        }
    }

    /** Where your sorter is told. Whatever is not `pass` stops the parcel, so that no news can clear it. */
    private static void act(JsonNode verdict) {
        JsonNode scanId = verdict.get("scan_id");
        String name = scanId.isNull() ? verdict.get("parcel_id").asText() : "scan " + scanId.asText();
        String way = verdict.get("action").asText().equals("pass") ? "pass" : "hold";
        System.out.println(name + ": " + way + " (revision " + verdict.get("revision").asInt() + ")");
    }

    private static List<String> overdue(Map<String, Instant> deadlines) {
        var late = new ArrayList<>(deadlines.keySet());
        late.removeIf(parcelId -> deadlines.get(parcelId).isAfter(Instant.now()));
        return late;
    }

    private static Instant deadline(JsonNode parcel) {
        return parcel.hasNonNull("decide_by")
                ? OffsetDateTime.parse(parcel.get("decide_by").asText()).toInstant()
                : Instant.now().plus(PATIENCE);
    }

    private static KafkaProducer<String, byte[]> producer() {
        var settings = connection();
        settings.put("acks", "all");
        settings.put("enable.idempotence", "true"); // the client's own retries write nothing twice
        settings.put("max.request.size", String.valueOf(4 * 1024 * 1024));
        return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    }

    private static KafkaConsumer<String, byte[]> consumer() {
        var settings = connection();
        settings.put("group.id", "hub." + HUB + ".sorter"); // a hub may use groups of its own name alone
        settings.put("auto.offset.reset", "earliest"); // a new group misses nothing
        settings.put("enable.auto.commit", "false");
        settings.put("isolation.level", "read_committed"); // verdicts come in transactions; some are aborted
        var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of("parcels.verdicts." + HUB));
        return consumer;
    }

    private static Properties connection() {
        var settings = new Properties();
        settings.put("bootstrap.servers", System.getenv("KAFKA_BOOTSTRAP_SERVERS"));
        settings.put("client.id", "hub." + HUB);
        String username = System.getenv("KAFKA_USERNAME");
        if (username != null) {
            settings.put("security.protocol", "SASL_SSL");
            settings.put("sasl.mechanism", "SCRAM-SHA-512");
            settings.put("sasl.jaas.config", "org.apache.kafka.common.security.scram.ScramLoginModule required"
                    + " username=\"" + username + "\" password=\"" + System.getenv("KAFKA_PASSWORD") + "\";");
            String caFile = System.getenv("KAFKA_CA_FILE");
            if (caFile != null) {
                settings.put("ssl.truststore.type", "PEM");
                settings.put("ssl.truststore.location", caFile);
            }
        }
        return settings;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
