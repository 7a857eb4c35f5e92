import java.io.File;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.ValidationResult;

/** Judges files by the veraPDF engine: one line each, PASS or FAIL, with the failed clauses. */
public final class JudgePdfa {
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        PDFAFlavour flavour = PDFAFlavour.byFlavourId(arguments[0]);
        boolean allPass = true;
        for (int index = 1; index < arguments.length; index++) {
            allPass &= judge(new File(arguments[index]), flavour);
        }
        System.exit(allPass ? 0 : 1);
    }

    private static boolean judge(File file, PDFAFlavour flavour) throws Exception {
        try (PDFAParser parser = Foundries.defaultInstance().createParser(file, flavour);
                PDFAValidator validator =
                        Foundries.defaultInstance().createValidator(flavour, false)) {
            ValidationResult result = validator.validate(parser);
            StringBuilder line = new StringBuilder(result.isCompliant() ? "PASS " : "FAIL ");
            line.append(file.getName());
            result.getTestAssertions().forEach(failed -> line
                    .append(" [").append(failed.getRuleId().getClause())
                    .append('-').append(failed.getRuleId().getTestNumber())
                    .append(' ').append(failed.getErrorMessage()).append(']'));
            System.out.println(line);
            return result.isCompliant();
        }
    }
}
