package id.satudatapmi.solr;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Lays out a Solr home folder: solr.xml, and for each core its properties and a fresh copy of its configuration. */
final class SolrHome {
  private static final String SOLR_XML = "<solr>\n  <str name=\"sharedLib\"></str>\n</solr>\n";

  private SolrHome() {}

  /**
   * Creates or refreshes the folder; indexes that are already there stay.
   *
   * @return the same folder
   */
  static Path prepare(Path home, Map<String, List<Path>> cores) throws IOException {
    Files.createDirectories(home);
    Files.writeString(home.resolve("solr.xml"), SOLR_XML);
    for (Map.Entry<String, List<Path>> core : cores.entrySet()) {
      Path folder = Files.createDirectories(home.resolve(core.getKey()));
      copyConfiguration(core.getValue(), Files.createDirectories(folder.resolve("conf")));
      Files.writeString(folder.resolve("core.properties"), "name=" + core.getKey() + "\n");
    }
    return home;
  }

  private static void copyConfiguration(List<Path> sources, Path conf) throws IOException {
    Set<Path> wanted = new HashSet<>();
    for (Path source : sources) {
      for (Path file : filesOf(source)) {
        Path target = conf.resolve(file.getFileName());
        Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
        wanted.add(target);
      }
    }
    for (Path file : filesOf(conf)) {
      if (!wanted.contains(file)) {
        Files.delete(file);
      }
    }
  }

  private static List<Path> filesOf(Path source) throws IOException {
    if (Files.isRegularFile(source)) {
      return List.of(source);
    }
    try (Stream<Path> entries = Files.list(source)) {
      return entries.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
